//! Upstreams and the listener as they are written.

use std::net::{IpAddr, Ipv6Addr};

use model::stack::Network;
use model::{MOST_ADDRESSES, UpstreamAddress};
use serde_json::{Value as Json, json};

use super::Name;
use crate::problem::Code;
use crate::shape::{Millis, OneOrMany, Refused, Spanned, Text, Whole, record, text_shape};

record! {
    /// An HTTP server behind the gateway.
    Upstream is "an upstream" or just "url" {
        /// Where it listens: `http://host:port`, with a base path if need be.
        optional url: Spanned<UpstreamAddress>;
        /// Where several servers listen that answer alike.
        optional urls: OneOrMany<Spanned<UpstreamAddress>, MOST_ADDRESSES>;
        /// The stack's process that serves it, in place of an address.
        optional process: Spanned<Name<model::ProcessName>>;
        /// A path that is asked regularly, so that a dead address is found before a request meets it.
        optional health: Health;
        /// A bound for each stage of a request.
        optional timeouts: Timeouts;
        /// Further attempts for a request that is safe to repeat.
        defaulted retries: Whole<0, 10> = "1";
        /// Consecutive failures after which an address is passed over for a while.
        defaulted max_failures: Whole<1, 1_000> = "5";
        /// How long it is passed over.
        defaulted eject_for: Millis<1, 86_400_000> = "10s";
        /// Idle connections kept per address and worker thread.
        defaulted keep_alive: Whole<0, 10_000> = "256";
        /// How many requests may be under way to all its addresses together.
        optional concurrency: Concurrency;
    }
}

record! {
    /// A bound on requests under way to an upstream, over all workers.
    Concurrency is "a bound on concurrency" or just "most" {
        /// A bound that stays the same.
        optional most: Whole<1, 1_000_000>;
        /// A bound that follows how the upstream does.
        optional adaptive: Adaptive;
        /// Longest time that a request waits for its turn before it is answered 503.
        defaulted wait: Millis<0, 60_000> = "1s";
        /// The most requests that may wait; the next is answered 503 at once.
        defaulted queue: Whole<0, 1_000_000> = "100";
    }
}

record! {
    /// The bounds of a bound that follows the upstream's latency and refusals.
    Adaptive is "an adaptive bound" {
        /// Never fewer.
        defaulted floor: Whole<1, 1_000_000> = "5";
        /// Never more.
        required ceiling: Whole<1, 1_000_000>;
    }
}

record! {
    /// An active health check.
    Health is "a health check" or just "path" {
        /// The path to ask; any answer from 200 to 399 is healthy.
        required path: Spanned<UrlPath>;
        /// Time between two checks of an address.
        defaulted interval: Millis<100, 3_600_000> = "5s";
        /// How long an answer may take.
        defaulted timeout: Millis<1, 60_000> = "2s";
        /// Consecutive successes that bring an address back.
        defaulted healthy_after: Whole<1, 100> = "2";
        /// Consecutive failures that take an address out.
        defaulted unhealthy_after: Whole<1, 100> = "3";
    }
}

record! {
    /// A bound for each stage of a request to an upstream.
    Timeouts is "a set of timeouts" {
        /// To connect.
        defaulted connect: Millis<1, 300_000> = "2s";
        /// From the last byte sent to the first byte of the answer.
        defaulted response: Millis<1, 3_600_000> = "30s";
        /// Longest silence while a body is flowing, either way.
        defaulted idle: Millis<1, 86_400_000> = "60s";
    }
}

record! {
    /// How the stack's APIs are reached.
    Listen is "a listener" {
        /// Serve HTTPS with this certificate.
        optional tls: Tls;
        /// Networks whose `X-Forwarded-For` and `Forwarded` are believed: `10.0.0.0/8`.
        optional trusted_proxies: OneOrMany<Cidr>;
        /// Most connections that one client address may hold. 0 sets no bound.
        defaulted connections_per_client: Whole<0, 1_000_000> = "0";
        /// When requests are turned away for the server's own sake.
        optional overload: Overload;
    }
}

record! {
    /// The signs of having more to do than can be done. Routes of low priority are answered 503 first.
    Overload is "an overload" or just "in_flight" {
        /// The most requests under way, over all workers.
        required in_flight: Whole<1, 10_000_000>;
        /// How late a worker may come to what is ready to be done.
        defaulted lag: Millis<1, 60_000> = "100ms";
    }
}

record! {
    /// Certificate and key, in PEM.
    Tls is "a certificate" {
        /// The file with the certificate and those that sign it, relative to the manifest.
        required certificate: Spanned<PathText>;
        /// The file with its private key, relative to the manifest.
        required key: Spanned<PathText>;
    }
}

/// A path in the file system, relative to the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathText(pub(crate) String);

impl Text for PathText {
    const WHAT: &'static str = "a path";

    fn parse(text: &str) -> Result<Self, Refused> {
        if text.is_empty() || text.contains('\0') {
            return Err(Refused::new(Code::Path, "is not a path"));
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// An absolute path of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlPath(pub(crate) String);

impl Text for UrlPath {
    const WHAT: &'static str = "a path such as `/health`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused = Refused::new(Code::UrlPath, "is not a path");
        if !text.starts_with('/') {
            return Err(refused.help(format!("did you mean `/{text}`?")));
        }
        match text.chars().find(|c| !is_url_text(*c) || *c == '#') {
            Some(stranger) => Err(refused.help(encode(stranger))),
            None => Ok(Self(text.to_owned())),
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^/" })
    }
}

/// The way out for a character that may not.
pub(super) fn encode(stranger: char) -> String {
    let mut utf8 = [0; 4];
    let encoded: String =
        stranger.encode_utf8(&mut utf8).bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("write `{encoded}` for `{}`", stranger.escape_default())
}

/// Whether a character may stand in a URL as it is; braces are our placeholders.
pub(super) fn is_url_text(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '|')
}

impl Text for UpstreamAddress {
    const WHAT: &'static str = "an address such as `http://127.0.0.1:8000`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused =
            |help: String| Refused::new(Code::Url, "is not an upstream's address").help(help);
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        if authority.split('/').next().is_some_and(|authority| authority.contains('@')) {
            let why = "has a user name or password, which upstreams are not sent";
            return Err(Refused::new(Code::Url, why).help("remove what stands before the host"));
        }
        let Some(rest) = text.strip_prefix("http://") else {
            if text.starts_with("https://") {
                let why = "asks for TLS, which is not supported towards upstreams";
                return Err(Refused::new(Code::Url, why).help("use `http://`"));
            }
            return Err(match text.split_once("://") {
                None => refused(format!("did you mean `http://{text}`?")),
                Some(_) => refused("use `http://`".to_owned()),
            });
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if rest.contains(['?', '#']) {
            return Err(refused("remove what follows the path".to_owned()));
        }
        if let Some(stranger) = path.chars().find(|c| !is_url_text(*c)) {
            return Err(refused(encode(stranger)));
        }
        let (host, port) = split_port(authority).ok_or_else(|| {
            let help = "write a host, `:` and a port from 1 to 65535: `http://127.0.0.1:8000`";
            refused(help.to_owned())
        })?;
        let base_path = path.trim_end_matches('/').to_owned();
        Ok(Self { host: host.to_ascii_lowercase(), port, base_path })
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^http://[^/?#@]+(/[^?#]*)?$" })
    }
}

text_shape!(PathText, UrlPath, UpstreamAddress, Cidr);

fn split_port(authority: &str) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, port.strip_prefix(':').or(port.is_empty().then_some("80"))?)
        }
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
            if !super::text::is_host_name(host) {
                return None;
            }
            (host, port)
        }
    };
    let is_number = port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|port| is_number && *port != 0)?;
    Some((host, port))
}

/// An address block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr(pub(crate) Network);

impl Text for Cidr {
    const WHAT: &'static str = "an address block such as `10.0.0.0/8`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused = Refused::new(Code::Cidr, "is not an address block");
        let Some((address, prefix)) = text.split_once('/') else {
            return Err(match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => refused.help(format!("did you mean `{text}/32`?")),
                Ok(IpAddr::V6(_)) => refused.help(format!("did you mean `{text}/128`?")),
                Err(_) => refused.help("write an address, `/` and the length of its prefix"),
            });
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(refused.help("write an address, `/` and the length of its prefix"));
        };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let is_number = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
        let Some(prefix) = prefix.parse::<u8>().ok().filter(|p| is_number && *p <= longest) else {
            return Err(refused.help(format!("the prefix is a number from 0 to {longest}")));
        };
        let network = first_address(address, prefix);
        if network != address {
            return Err(refused.help(format!("did you mean `{network}/{prefix}`?")));
        }
        Ok(Self(Network { address, prefix }))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9A-Fa-f.:]+/[0-9]{1,3}$" })
    }
}

fn first_address(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(ip) => {
            IpAddr::V4((u32::from(ip) & u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into())
        }
        IpAddr::V6(ip) => {
            IpAddr::V6((u128::from(ip) & u128::MAX.checked_shl(128 - prefix).unwrap_or(0)).into())
        }
    }
}
