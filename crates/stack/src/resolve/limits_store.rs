//! The address of a store of limits, as far as it can be judged before anybody connects to it.

use std::net::Ipv6Addr;

/// What is wrong with an address. Neither text has any of it, since it may hold a password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UrlProblem {
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

const SCHEMES: [&str; 2] = ["redis://", "rediss://"];
const FORM: &str = "write `redis://host:port`, or `rediss://host:port` for TLS";

/// One address, or several of a Cluster with commas between them.
pub(super) fn check(url: &str) -> Result<(), UrlProblem> {
    url.split(',').try_for_each(|one| check_one(one.trim()))
}

fn check_one(url: &str) -> Result<(), UrlProblem> {
    let garbled = |message| Err(UrlProblem { message, help: FORM });
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return garbled("an address of a store of limits has no blanks");
    }
    if let Some(path) = url.strip_prefix("unix://") {
        let help = "write `unix:///run/redis.sock`";
        let message = "this names no socket of a store of limits";
        return if path.starts_with('/') { Ok(()) } else { Err(UrlProblem { message, help }) };
    }
    let Some(rest) = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme)) else {
        return garbled("this is no address of a store of limits");
    };
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, _) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (server, ""),
    };
    if !is_host(host) {
        return garbled("this address of a store of limits names no host");
    }
    if !port.is_empty() && !port.parse().is_ok_and(|port: u16| port > 0) {
        let message = "the port of this address is no number from 1 to 65535";
        let help = "write `redis://host:6379`; `/`, `?`, `#` and `@` of a password are written `%2F`, `%3F`, `%23` and `%40`";
        return Err(UrlProblem { message, help });
    }
    let database = path.trim_matches('/');
    if !database.is_empty() && !database.parse::<i32>().is_ok_and(|number| number >= 0) {
        let message = "the database of this address is no whole number from 0";
        let help = "write `redis://host:port/0`, or leave it out";
        return Err(UrlProblem { message, help });
    }
    Ok(())
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|it| it.parse::<Ipv6Addr>().is_ok());
    }
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '%');
    !host.is_empty() && host.chars().all(is_of_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_can_be_connected_to_are_told_from_others() {
        for good in [
            "redis://localhost",
            "redis://localhost:6379/",
            "rediss://user:p%40ss@cache.example.com:6380/3?protocol=resp3#insecure",
            "redis://:s3:cret@10.0.0.1:6379",
            "redis://[::1]:6379/0",
            "redis://a:1, redis://b:2",
            "unix:///run/redis.sock?db=2",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let none = "this is no address of a store of limits";
        let no_host = "this address of a store of limits names no host";
        let port = "the port of this address is no number from 1 to 65535";
        let database = "the database of this address is no whole number from 0";
        for (bad, message) in [
            ("http://cache:6380", none),
            ("redis:/cache", none),
            ("redis://a:1,", none),
            ("redis://", no_host),
            ("redis://:secret@", no_host),
            ("redis://:6379", no_host),
            ("redis://[::1:6379", no_host),
            ("redis://host!name", no_host),
            ("redis://a:1:2", no_host),
            ("redis://host:99999", port),
            ("redis://host:0", port),
            ("redis://:pass/word@host", no_host),
            ("redis://user:pass/word@host", port),
            ("redis://host/-1", database),
            ("redis://host/one", database),
            ("redis://host/99999999999", database),
            ("redis://ho st", "an address of a store of limits has no blanks"),
            ("unix://redis.sock", "this names no socket of a store of limits"),
        ] {
            assert_eq!(check(bad).map_err(|it| it.message), Err(message), "{bad}");
        }
    }
}
