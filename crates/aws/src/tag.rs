//! What holds of tags in every service.
//! <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>

/// Why a reserved key is refused.
pub(crate) const RESERVED: &str = "aws: prefixed tag key names are not allowed for external use.";

/// Whether only AWS itself has tags with this key.
pub(crate) fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

#[cfg(test)]
mod tests {
    use super::is_reserved;

    #[test]
    fn a_key_is_reserved_by_how_it_begins() {
        for (key, expected) in [
            ("aws:x", true),
            ("AWS:", true),
            ("aws", false),
            ("x:aws:", false),
            ("aw\u{e9}:", false),
        ] {
            assert_eq!(is_reserved(key), expected, "{key}");
        }
    }
}
