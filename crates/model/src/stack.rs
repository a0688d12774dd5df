//! Everything a manifest resolves to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{
    Api, ApiKeyName, Cache, CacheName, DeclaredKey, Function, FunctionName, Overload, Process,
    ProcessName, Resource, ResourceId, ResourceKind, Upstream, UpstreamName, UsagePlan,
    UsagePlanName,
};

/// The resolved, validated resources of one manifest. References inside it are known to exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stack {
    pub name: String,
    /// The manifest it was read from, absolute.
    pub manifest: PathBuf,
    pub functions: BTreeMap<FunctionName, Function>,
    pub processes: BTreeMap<ProcessName, Process>,
    pub caches: BTreeMap<CacheName, Cache>,
    pub upstreams: BTreeMap<UpstreamName, Upstream>,
    /// In the order of the manifest.
    pub apis: Vec<Api>,
    pub usage_plans: BTreeMap<UsagePlanName, UsagePlan>,
    pub keys: BTreeMap<ApiKeyName, DeclaredKey>,
    /// What AWS calls can make as well: queues.
    #[serde(serialize_with = "by_kind")]
    pub resources: BTreeMap<ResourceId, Resource>,
    pub listener: Listener,
    /// `None` counts in this process's memory.
    pub limits_store: Option<LimitsStore>,
    /// What it tells about itself, by name.
    pub outputs: BTreeMap<String, StackOutput>,
}

/// A value that a stack tells whoever deploys it, and maybe other stacks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StackOutput {
    /// With marks where references stand that are known once the stack runs.
    #[serde(serialize_with = "crate::reference::serialize_value")]
    pub value: String,
    pub description: Option<String>,
    /// The name under which other stacks import it.
    pub export: Option<String>,
}

/// `{"queue": {"jobs": {..}}}`.
fn by_kind<S: serde::Serializer>(
    resources: &BTreeMap<ResourceId, Resource>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let mut kinds: BTreeMap<ResourceKind, BTreeMap<&str, serde_json::Value>> = BTreeMap::new();
    for (id, resource) in resources {
        let mut whole = serde_json::to_value(resource).map_err(serde::ser::Error::custom)?;
        let mut settings =
            whole.get_mut("settings").map(serde_json::Value::take).unwrap_or_default();
        if id.kind == ResourceKind::StoredParameter {
            hide_values(&mut settings);
        }
        kinds.entry(id.kind).or_default().insert(&id.name, settings);
    }
    to.collect_map(kinds)
}

/// Some are secrets.
fn hide_values(parameter: &mut serde_json::Value) {
    let versions = parameter.get_mut("versions").and_then(serde_json::Value::as_array_mut);
    for version in versions.into_iter().flatten() {
        version["value"] = "[hidden]".into();
    }
}

/// Where limits are counted that several servers share.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct LimitsStore {
    /// As written; it may hold a password.
    #[serde(serialize_with = "without_password")]
    pub url: String,
    /// How long a request waits for it.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub timeout: std::time::Duration,
    /// In 100: the part of each limit that a server may use while it does not know how many share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_share: Option<u8>,
    /// Servers share limits in the same one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl LimitsStore {
    /// When not given.
    pub const TIMEOUT: std::time::Duration = std::time::Duration::from_millis(20);
}

impl std::fmt::Debug for LimitsStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LimitsStore").field("url", &shown(&self.url)).finish()
    }
}

fn without_password<S: serde::Serializer>(url: &str, to: S) -> Result<S::Ok, S::Error> {
    let url = crate::reference::fill(url, |reference| Some(reference.to_string()));
    to.serialize_str(&shown(&url.unwrap_or_default()))
}

/// A URL as it may be shown: what stands before the last `@` of its authority is left out.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split_once(['?', '#']).map_or(rest, |(rest, _)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
}

/// How the stack's APIs are reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Listener {
    /// Certificate chain and private key in PEM; `None` serves cleartext.
    pub tls: Option<TlsFiles>,
    pub trusted_proxies: TrustedProxies,
    /// Most connections one client address may hold; 0 sets no bound.
    pub connections_per_client: u32,
    /// `None` turns nobody away for the server's own sake.
    pub overload: Option<Overload>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Peers whose `X-Forwarded-For` and `Forwarded` are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct TrustedProxies {
    pub networks: Vec<Network>,
}

/// An address block such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    pub address: std::net::IpAddr,
    pub prefix: u8,
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl serde::Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Network {
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        let prefix = u32::from(self.prefix);
        match (self.address, address.to_canonical()) {
            (V4(net), V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (V6(net), V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

impl TrustedProxies {
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, prefix: u8, ip: &str) -> bool {
        let address = network.parse().expect("network");
        Network { address, prefix }.contains(ip.parse().expect("address"))
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, expected) in [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("rediss://user:pa@ss@cache:6380/1?x=secret", "rediss://cache:6380/1"),
            ("user:secret@cache", "cache"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn a_network_contains_its_addresses() {
        assert!(contains("10.0.0.0", 8, "10.200.3.4"));
        assert!(!contains("10.0.0.0", 8, "11.0.0.1"));
        assert!(contains("0.0.0.0", 0, "203.0.113.9"));
        assert!(contains("10.0.0.0", 8, "::ffff:10.1.1.1"));
        assert!(contains("2001:db8::", 32, "2001:db8:1::1"));
        assert!(contains("::1", 128, "::1"));
        assert!(!contains("::", 0, "10.0.0.1"));
    }
}
