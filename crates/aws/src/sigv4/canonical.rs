//! The form of a request that is signed, made from its bytes as they came. What a client may write in
//! two ways is not evened out: another way of writing is another request.

use http::HeaderMap;

use super::Refused;
use super::presented::pairs;

/// Appends method, path, query and headers, ready for the body's digest.
pub(super) fn head(
    text: &mut String,
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    signed: &[String],
) -> Result<(), Refused> {
    text.push_str(method);
    text.push('\n');
    self::path(text, path);
    text.push('\n');
    self::query(text, query);
    text.push('\n');
    for name in signed {
        header(text, headers, name)?;
    }
    text.push('\n');
    for (at, name) in signed.iter().enumerate() {
        if at > 0 {
            text.push(';');
        }
        text.push_str(name);
    }
    text.push('\n');
    Ok(())
}

/// Without `.`, `..` and empty segments, and encoded once more than on the wire.
fn path(text: &mut String, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        text.push('/');
        encode(text, segment, false);
    }
    let is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if segments.is_empty() || is_folder {
        text.push('/');
    }
}

/// Sorted by encoded name and value, without the signature.
fn query(text: &mut String, query: &str) {
    let encoded = |part: &str| {
        let mut text = String::with_capacity(part.len());
        encode(&mut text, part, true);
        text
    };
    let signed = pairs(query).filter(|(name, _)| *name != "X-Amz-Signature");
    let mut pairs: Vec<_> = signed.map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if at > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// Escapes what is neither unreserved nor, if `keeps`, an escape already.
fn encode(text: &mut String, part: &str, keeps: bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = part.as_bytes();
    for (at, byte) in bytes.iter().copied().enumerate() {
        let is_escape = byte == b'%'
            && keeps
            && bytes[at + 1..].iter().take(2).filter(|b| b.is_ascii_hexdigit()).count() == 2;
        let is_kept = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if is_escape || is_kept {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// `name:value`, several values with commas between, runs of spaces as one.
fn header(text: &mut String, headers: &HeaderMap, name: &str) -> Result<(), Refused> {
    text.push_str(name);
    text.push(':');
    let mut is_there = false;
    for value in headers.get_all(name) {
        if is_there {
            text.push(',');
        }
        is_there = true;
        let value = std::str::from_utf8(value.as_bytes());
        let value = value.map_err(|_| Refused::malformed("a signed header is not text"))?;
        for (at, word) in value.split([' ', '\t']).filter(|word| !word.is_empty()).enumerate() {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    if !is_there {
        return Err(Refused::malformed(&format!("the signed header {name} is not there")));
    }
    text.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    fn check(path: &str, expected: &str) {
        let mut text = String::new();
        super::path(&mut text, path);
        assert_eq!(text, expected, "{path}");
    }

    #[test]
    fn a_path_is_normal_and_encoded_twice() {
        check("/", "/");
        check("", "/");
        check("/a/./b/../c", "/a/c");
        check("//a//b//", "/a/b/");
        check("/a/..", "/");
        check("/..", "/");
        check("/example space/", "/example%20space/");
        check("/functions/arn%3Aaws/url", "/functions/arn%253Aaws/url");
        check("/\u{1234}", "/%E1%88%B4");
    }

    #[test]
    fn a_query_is_sorted_and_keeps_its_escapes() {
        let check = |query: &str, expected: &str| {
            let mut text = String::new();
            super::query(&mut text, query);
            assert_eq!(text, expected, "{query}");
        };
        check("b=2&a=1&a=0&c", "a=0&a=1&b=2&c=");
        check("a=%2F&b=%2f&c=/&d=%zz", "a=%2F&b=%2f&c=%2F&d=%25zz");
        check("X-Amz-Signature=00&X-Amz-Date=1", "X-Amz-Date=1");
        check("", "");
    }
}
