//! Fields that concern one connection and must not cross it.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
pub(super) fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::TRANSFER_ENCODING
            | header::TE
            | header::UPGRADE
            | header::PROXY_AUTHORIZATION
            | header::PROXY_AUTHENTICATE
    ) || (!is_standard_end_to_end(name)
        && (*name == KEEP_ALIVE || *name == PROXY_CONNECTION || *name == HTTP2_SETTINGS))
}

/// Spares the commonest fields three comparisons of text.
fn is_standard_end_to_end(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::HOST
            | header::USER_AGENT
            | header::ACCEPT
            | header::CONTENT_TYPE
            | header::CONTENT_LENGTH
            | header::DATE
            | header::SERVER
    )
}

/// Removes them, and those that `Connection` names.
pub(super) fn strip(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::CONNECTION).iter();
    if let Some(first) = lines.next() {
        if !is_about_closing(first) || lines.next().is_some() {
            strip_named(headers);
        }
        headers.remove(header::CONNECTION);
    }
    // Most messages have no other.
    if !headers.keys().any(is_hop_by_hop) {
        return;
    }
    let mut found: [Option<HeaderName>; 8] = [const { None }; 8];
    let present = headers.keys().filter(|name| is_hop_by_hop(name)).cloned();
    for (slot, name) in found.iter_mut().zip(present) {
        *slot = Some(name);
    }
    for name in found.into_iter().flatten() {
        headers.remove(name);
    }
}

/// All that most messages say of their connection; it names no field.
fn is_about_closing(connection: &HeaderValue) -> bool {
    let connection = connection.as_bytes();
    connection.eq_ignore_ascii_case(b"keep-alive") || connection.eq_ignore_ascii_case(b"close")
}

fn strip_named(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        // Naming these would not make them concern one connection only.
        .filter(|name| *name != header::HOST && *name != header::CONTENT_LENGTH)
        .collect();
    for name in named {
        headers.remove(name);
    }
}

pub(super) fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| entry.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(lines: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        headers.keys().map(HeaderName::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn fields_that_any_line_of_connection_names_are_removed() {
        assert_eq!(left(&[("connection", "Keep-Alive"), ("keep-alive", "9"), ("a", "1")]), "a");
        assert_eq!(left(&[("connection", "a, close"), ("a", "1"), ("b", "2")]), "b");
        assert_eq!(
            left(&[("connection", "close"), ("connection", "a"), ("a", "1"), ("b", "2")]),
            "b"
        );
        assert_eq!(left(&[("te", "trailers"), ("upgrade", "x"), ("a", "1")]), "a");
    }
}
