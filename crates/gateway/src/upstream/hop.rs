//! Fields that concern one connection and must not cross it, and those that are told anew.

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What becomes of a field that arrives at one connection and would leave on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crossing {
    Freely,
    /// It concerns its connection only.
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
    Never,
    /// `Connection`, which names more such fields.
    Connection,
    Encoding,
    Length,
    Upgrade,
    Te,
    Trailer,
    Host,
    Expect,
    /// They say where a request came from: `X-Forwarded-*`, `Forwarded` and, for the rest, a claim.
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    Forwarded,
    Claim,
}

pub(super) fn crossing(name: &HeaderName) -> Crossing {
    let name = name.as_str();
    match by_name(name) {
        // Programs behind CGI and its like cannot tell `X_Forwarded_For` from the field that we set.
        Crossing::Freely if memchr::memchr(b'_', name.as_bytes()).is_some() => {
            match by_name(&name.replace('_', "-")) {
                Crossing::Freely => Crossing::Freely,
                _ => Crossing::Never,
            }
        }
        crossing => crossing,
    }
}

fn by_name(name: &str) -> Crossing {
    // Most fields are told from all of these by their length alone.
    match name.len() {
        2 if name == "te" => Crossing::Te,
        4 if name == "host" => Crossing::Host,
        // Programs behind CGI would take it for the variable `HTTP_PROXY`.
        5 if name == "proxy" => Crossing::Never,
        6 if name == "expect" => Crossing::Expect,
        7 => match name {
            "upgrade" => Crossing::Upgrade,
            "trailer" => Crossing::Trailer,
            _ => Crossing::Freely,
        },
        9 => match name {
            "forwarded" => Crossing::Forwarded,
            "x-real-ip" => Crossing::Claim,
            _ => Crossing::Freely,
        },
        10 => match name {
            "connection" => Crossing::Connection,
            "keep-alive" => Crossing::Never,
            _ => Crossing::Freely,
        },
        14 => match name {
            "content-length" => Crossing::Length,
            "http2-settings" => Crossing::Never,
            _ => Crossing::Freely,
        },
        15 if name == "x-forwarded-for" => Crossing::ForwardedFor,
        16 => match name {
            "proxy-connection" => Crossing::Never,
            "x-forwarded-host" => Crossing::ForwardedHost,
            "x-forwarded-port" => Crossing::Claim,
            _ => Crossing::Freely,
        },
        17 => match name {
            "transfer-encoding" => Crossing::Encoding,
            "x-forwarded-proto" => Crossing::ForwardedProto,
            _ => Crossing::Freely,
        },
        18 if name == "proxy-authenticate" => Crossing::Never,
        19 if name == "proxy-authorization" => Crossing::Never,
        _ => Crossing::Freely,
    }
}

/// The fields after a body that cross.
pub(super) fn crossing_fields(
    trailers: Option<&HeaderMap>,
) -> impl Iterator<Item = (&[u8], &[u8])> {
    let fields = trailers.into_iter().flatten();
    let free = fields.filter(|(name, _)| crossing(name) == Crossing::Freely);
    free.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}

/// The entries of a list such as that of `Connection`.
pub(super) fn tokens(value: &HeaderValue) -> impl Iterator<Item = &str> {
    value.to_str().unwrap_or_default().split(',').map(str::trim)
}

/// The field that an entry of `Connection` names.
pub(super) fn named(token: &str) -> Option<HeaderName> {
    let name = HeaderName::from_bytes(token.as_bytes()).ok()?;
    // Naming these would not make them concern one connection only.
    (!matches!(crossing(&name), Crossing::Host | Crossing::Length)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_by_name() {
        let crossing = |name: &str| crossing(&HeaderName::from_bytes(name.as_bytes()).unwrap());
        for name in ["Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "HTTP2-Settings"] {
            assert_eq!(crossing(name), Crossing::Never, "{name}");
        }
        for name in ["Accept", "X-Kept", "Via", "Cookie", "User-Agent", "x-amzn-trace-id"] {
            assert_eq!(crossing(name), Crossing::Freely, "{name}");
        }
        for name in ["X_Forwarded_For", "x-forwarded_proto", "x_real_ip", "Content_Length", "Proxy"]
        {
            assert_eq!(crossing(name), Crossing::Never, "{name}");
        }
        assert_eq!(crossing("x_kept"), Crossing::Freely);
        assert_eq!(crossing("Transfer-Encoding"), Crossing::Encoding);
        assert_eq!(crossing("Connection"), Crossing::Connection);
        assert_eq!(crossing("X-Real-IP"), Crossing::Claim);
    }

    #[test]
    fn an_entry_of_connection_names_a_field_but_not_one_that_frames_the_message() {
        assert_eq!(named("X-Private").unwrap(), "x-private");
        assert!(named("content-length").is_none());
        assert!(named("Host").is_none());
        assert!(named("not a name").is_none());
    }
}
