//! A cache as its stack declares it: a Redis or Valkey that the platform runs, or one that is there.

use percent_encoding::percent_decode_str;

use crate::{ByteSize, CacheName, SandboxMode};

/// A key-value server that functions and processes share.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cache {
    pub name: CacheName,
    #[serde(flatten)]
    pub source: CacheSource,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum CacheSource {
    /// The platform starts an installed server and keeps it running.
    Managed(ManagedCache),
    /// Somebody else runs it.
    Elsewhere(CacheUrl),
}

/// How the platform runs a cache.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ManagedCache {
    /// `None` takes whichever is installed, Valkey first.
    pub engine: Option<Engine>,
    /// What the installed server's version must begin with: `7` or `8.1`.
    pub version: Option<String>,
    /// Most memory that its data may take.
    pub memory: ByteSize,
    /// Whether data survives the server's end.
    pub persistent: bool,
    pub when_full: WhenFull,
    /// Whether clients need its password. Programs that expect a network of their own bring none.
    pub password: bool,
    pub sandbox: SandboxMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Valkey,
    Redis,
}

impl Engine {
    pub const ALL: [Self; 2] = [Self::Valkey, Self::Redis];

    pub fn name(self) -> &'static str {
        match self {
            Self::Valkey => "valkey",
            Self::Redis => "redis",
        }
    }

    /// Its program, and the package of the usual distributions that has it.
    pub fn program(self) -> &'static str {
        match self {
            Self::Valkey => "valkey-server",
            Self::Redis => "redis-server",
        }
    }
}

/// What becomes of a write when the memory is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFull {
    /// It fails, and nothing is lost.
    #[default]
    Refuse,
    /// What was not used for the longest time makes room.
    Evict,
}

/// `redis://[user:password@]host[:port][/database]`, or `rediss://` with TLS. What would end a password in
/// a URL is percent-encoded there.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheUrl {
    text: String,
    host: String,
    port: u16,
    /// As a server is told it.
    password: String,
}

/// Why a text is not the address of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CacheUrlProblem {
    #[error("has another scheme than `redis://` and `rediss://`")]
    Scheme,
    #[error("names no host")]
    Host,
    #[error("has a port that is none")]
    Port,
    #[error("has a password that is not UTF-8 once it is percent-decoded")]
    Password,
}

impl CacheUrl {
    const PORT: u16 = 6379;

    pub fn parse(text: &str) -> Result<Self, CacheUrlProblem> {
        let rest = ["redis://", "rediss://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or(CacheUrlProblem::Scheme)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (credentials, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let password = credentials.split_once(':').map_or("", |(_, password)| password);
        let password = percent_decode_str(password).decode_utf8();
        let password = password.map_err(|_| CacheUrlProblem::Password)?.into_owned();
        let (host, port) = split_port(place).ok_or(CacheUrlProblem::Port)?;
        if host.is_empty() {
            return Err(CacheUrlProblem::Host);
        }
        Ok(Self { text: text.to_owned(), host: host.to_owned(), port, password })
    }

    /// Of a server on this machine.
    pub fn local(port: u16, password: &str) -> Self {
        let host = "127.0.0.1".to_owned();
        let text = match password {
            "" => format!("redis://{host}:{port}"),
            _ => format!("redis://:{password}@{host}:{port}"),
        };
        Self { text, host, port, password: password.to_owned() }
    }

    pub fn part(&self, part: CachePart) -> String {
        match part {
            CachePart::Url => self.text.clone(),
            CachePart::Host => self.host.clone(),
            CachePart::Port => self.port.to_string(),
            CachePart::Password => self.password.clone(),
        }
    }
}

/// An IPv6 address stands in brackets, which its host loses.
fn split_port(place: &str) -> Option<(&str, u16)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => match place.find(':') {
            Some(colon) => place.split_at(colon),
            None => (place, ""),
        },
    };
    match port.strip_prefix(':') {
        Some(port) => Some((host, port.parse().ok()?)),
        None => port.is_empty().then_some((host, CacheUrl::PORT)),
    }
}

/// Without the password.
impl std::fmt::Debug for CacheUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::stack::shown(&self.text))
    }
}

/// Without the password.
impl serde::Serialize for CacheUrl {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut url = to.serialize_struct("CacheUrl", 1)?;
        url.serialize_field("url", &crate::stack::shown(&self.text))?;
        url.end()
    }
}

/// What can be asked of a cache's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePart {
    Url,
    Host,
    Port,
    Password,
}

impl CachePart {
    pub const NAMES: [(&str, Self); 4] = [
        ("url", Self::Url),
        ("host", Self::Host),
        ("port", Self::Port),
        ("password", Self::Password),
    ];

    /// Whether it may hold the password.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Url | Self::Password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_parts() {
        for (text, expected) in [
            ("redis://cache", ["cache", "6379", ""]),
            ("redis://cache:6380/2?x=1", ["cache", "6380", ""]),
            ("rediss://user:pa:ss@cache:1", ["cache", "1", "pa:ss"]),
            ("redis://:p@ss@[::1]:7000", ["::1", "7000", "p@ss"]),
            ("redis://[::1]", ["::1", "6379", ""]),
            ("redis://:p%40s%3As%25@host", ["host", "6379", "p@s:s%"]),
            ("redis://:50%@host", ["host", "6379", "50%"]),
        ] {
            let url = CacheUrl::parse(text).expect(text);
            let parts = [CachePart::Host, CachePart::Port, CachePart::Password];
            assert_eq!(parts.map(|part| url.part(part)), expected, "{text}");
            assert_eq!(url.part(CachePart::Url), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, expected) in [
            ("http://cache", CacheUrlProblem::Scheme),
            ("cache:6379", CacheUrlProblem::Scheme),
            ("redis://", CacheUrlProblem::Host),
            ("redis://:6379", CacheUrlProblem::Host),
            ("redis://cache:", CacheUrlProblem::Port),
            ("redis://cache:70000", CacheUrlProblem::Port),
            ("redis://[::1", CacheUrlProblem::Port),
            ("redis://:%ff@cache", CacheUrlProblem::Password),
        ] {
            assert_eq!(CacheUrl::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = CacheUrl::parse("redis://:secret@cache").expect("a URL");
        assert_eq!(format!("{url:?}"), "redis://cache");
        let json = serde_json::to_string(&url).expect("JSON");
        assert_eq!(json, r#"{"url":"redis://cache"}"#);
    }
}
