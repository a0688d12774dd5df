//! Decides which address a request came from.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};
use model::TrustedProxies;

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The nearest address that is not a trusted proxy's. Every proxy appends the address it saw, so
/// the list is read from its right end and only as long as trusted proxies wrote it; what stands
/// further left is the client's own claim.
///
/// A proxy may write one of the two headers and pass the other on as its client wrote it, and nobody can tell
/// which. Where they name different clients, neither is believed.
pub(crate) fn address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if trusted.networks.is_empty() || !trusted.trusts(peer) {
        return peer;
    }
    let by_custom = || walk(peer, headers, &X_FORWARDED_FOR, trusted, bare);
    let by_standard = || walk(peer, headers, &FORWARDED, trusted, forwarded);
    match (headers.contains_key(X_FORWARDED_FOR), headers.contains_key(FORWARDED)) {
        (true, false) => by_custom(),
        (false, _) => by_standard(),
        (true, true) => Some(by_custom()).filter(|one| *one == by_standard()).unwrap_or(peer),
    }
}

fn walk(
    peer: IpAddr,
    headers: &HeaderMap,
    name: &HeaderName,
    trusted: &TrustedProxies,
    read: fn(&str) -> Option<IpAddr>,
) -> IpAddr {
    let mut nearest = peer;
    for line in headers.get_all(name).iter().rev() {
        let Ok(line) = line.to_str() else {
            return nearest;
        };
        for entry in line.rsplit(',') {
            let Some(address) = read(entry.trim()) else {
                return nearest;
            };
            nearest = address.to_canonical();
            if !trusted.trusts(nearest) {
                return nearest;
            }
        }
    }
    nearest
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn bare(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The `for` of one element of RFC 7239's `Forwarded`.
fn forwarded(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| bare(value.trim_matches('"')))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::stack::Network;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let network =
            |address: &str, prefix| Network { address: address.parse().expect("ip"), prefix };
        let networks = vec![network("10.0.0.0", 8), network("fd00::", 8)];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("value"));
        }
        address(peer.parse().expect("ip"), &map, &TrustedProxies { networks }).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(client("203.0.113.9", &[("x-forwarded-for", "192.0.2.1")]), "203.0.113.9");
        assert_eq!(client("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_untrusted_address_counts() {
        let xff = |list| client("10.0.0.1", &[("x-forwarded-for", list)]);
        assert_eq!(xff("192.0.2.1"), "192.0.2.1");
        assert_eq!(xff("6.6.6.6, 192.0.2.1, 10.0.0.7"), "192.0.2.1");
        assert_eq!(xff("6.6.6.6, nonsense, 10.0.0.7"), "10.0.0.7");
        assert_eq!(xff("192.0.2.1:4711"), "192.0.2.1");
        assert_eq!(xff("[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(xff(""), "10.0.0.1");
        assert_eq!(xff("10.0.0.2, 10.0.0.3"), "10.0.0.2");
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "10.0.0.9")];
        assert_eq!(client("10.0.0.1", &lines), "192.0.2.1");
    }

    #[test]
    fn two_headers_that_differ_are_not_believed() {
        let both = |one, standard| {
            client("10.0.0.1", &[("x-forwarded-for", one), ("forwarded", standard)])
        };
        assert_eq!(both("192.0.2.1", "for=192.0.2.1;proto=https"), "192.0.2.1");
        assert_eq!(
            both("6.6.6.6, 192.0.2.1, 10.0.0.7", "for=192.0.2.1, for=10.0.0.7"),
            "192.0.2.1"
        );
        for claim in ["6.6.6.1", "6.6.6.2", "203.0.113.9, 6.6.6.3", "nonsense", ""] {
            assert_eq!(both(claim, "for=203.0.113.9"), "10.0.0.1", "{claim}");
        }
        assert_eq!(both("203.0.113.9", "for=6.6.6.6"), "10.0.0.1");
        assert_eq!(both("203.0.113.9", "nonsense"), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_works_too() {
        let forwarded = |list| client("fd00::1", &[("forwarded", list)]);
        assert_eq!(forwarded("for=192.0.2.1;proto=https"), "192.0.2.1");
        assert_eq!(forwarded("for=6.6.6.6, For=\"[2001:db8::9]:80\", for=10.0.0.1"), "2001:db8::9");
        assert_eq!(forwarded("for=unknown"), "fd00::1");
        assert_eq!(forwarded("proto=https"), "fd00::1");
    }
}
