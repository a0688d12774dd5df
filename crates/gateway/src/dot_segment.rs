//! Paths that lead elsewhere once a server decodes and normalizes them.

use percent_encoding::percent_decode_str;

/// Whether such a server would take the path for one outside its route: `/files/../admin`, in any
/// spelling. Some servers read `..;x` as `..` with a parameter.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    if memchr::memchr2(b'.', b'%', path.as_bytes()).is_none() {
        return false;
    }
    path.split('/').any(|segment| {
        if !segment.contains('%') {
            return segment.as_bytes().split(|byte| *byte == b'\\').any(is_dots);
        }
        let decoded: Vec<u8> = percent_decode_str(segment).collect();
        decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots)
    })
}

fn is_dots(segment: &[u8]) -> bool {
    let name = segment.split(|byte| *byte == b';').next();
    matches!(name, Some(b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::has_dot_segment;

    #[test]
    fn dot_segments_are_seen_in_any_spelling() {
        for path in [
            "/a/../b",
            "/..",
            "/a/.",
            "/%2e%2E/b",
            "/a/.%2e",
            "/a/..%2fb",
            "/a/..%5cb",
            "/a/..\\b",
            "/a/..;/b",
            "/a/.;x=1",
            "/a/..%3bx/b",
            "/a%2F..%2Fb",
        ] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/a.b", "/a/...", "/.well-known/x", "/a..b/%20", "/%zz", "/a;..", "/;"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }
}
