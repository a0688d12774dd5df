//! The names by which a server on this machine is reached that no stranger can own.

use std::net::IpAddr;

use http::uri::Authority;

/// Whether a `Host` is an address or a name below `localhost`. Any other name may be a web page's, made to
/// resolve to this machine so that the page can read the answers.
pub fn is_local_name(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}
