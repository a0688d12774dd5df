//! What a request's path and query say, decoded.

use percent_encoding::percent_decode_str;

/// A part of a path, or a value of a query.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Names with their values; what has no `=` has an empty one.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_once_they_are_apart() {
        let pairs: Vec<_> = pairs("a=x%26b%3Dy&follow&&c=%2e=").collect();
        let expected = [("a", "x&b=y"), ("follow", ""), ("c", ".=")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
