//! Writes JSON straight into a buffer, in the order it is called.

use model::TraceContext;

/// Whether a byte needs an escape inside a JSON string.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Starts an object with its first field.
pub(crate) fn open(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.push(b'{');
    key(out, name);
    string(out, value);
}

/// `,"name":"value"`.
pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.push(b',');
    key(out, name);
    string(out, value);
}

/// `,"name":value`.
pub(crate) fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    out.push(b',');
    key(out, name);
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// `,"name":"1-5759e988-bd862e3fe1be46a994272793"`.
pub(crate) fn trace(out: &mut Vec<u8>, name: &str, trace: TraceContext) {
    out.push(b',');
    key(out, name);
    out.push(b'"');
    trace_root(out, trace);
    out.push(b'"');
}

/// The trace's identity as X-Ray spells it.
pub(crate) fn trace_root(out: &mut Vec<u8>, trace: TraceContext) {
    out.extend_from_slice(b"1-");
    let bytes = trace.trace_id.to_be_bytes();
    hex(out, &bytes[..4]);
    out.push(b'-');
    hex(out, &bytes[4..]);
}

pub(crate) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    for (pair, byte) in out[start..].chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// A name that is known to need no escapes, and its colon.
pub(crate) fn key(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A string from bytes that should be UTF-8; what is not becomes U+FFFD.
pub(crate) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    text(out, bytes);
    out.push(b'"');
}

/// The inside of a string.
pub(crate) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
        return;
    }
    match std::str::from_utf8(bytes) {
        Ok(valid) => escape(out, valid),
        Err(_) => escape(out, &String::from_utf8_lossy(bytes)),
    }
}

/// Nearly all text is, and without branches the compiler looks at many bytes at once.
fn is_plain(bytes: &[u8]) -> bool {
    let is_odd = |byte: u8| !(0x20..=0x7e).contains(&byte) | (byte == b'"') | (byte == b'\\');
    !bytes.iter().fold(false, |any, byte| any | is_odd(*byte))
}

fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !ESCAPED[usize::from(*byte)] {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            other => {
                out.extend_from_slice(b"\\u00");
                hex(out, &[*other]);
            }
        }
    }
    out.extend_from_slice(&bytes[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        string(&mut out, bytes);
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn escapes_what_json_requires_and_nothing_else() {
        assert_eq!(
            written(b"a/b \"c\" \\ \n\r\t\x08\x0c\x01"),
            r#""a/b \"c\" \\ \n\r\t\b\f\u0001""#
        );
        assert_eq!(written("Sábado 😀".as_bytes()), "\"Sábado 😀\"");
        assert_eq!(written(b"\xff"), "\"\u{fffd}\"");
    }

    proptest! {
        #[test]
        fn any_bytes_make_a_string_that_reads_back(bytes: Vec<u8>) {
            let read: String = serde_json::from_str(&written(&bytes)).expect("valid JSON");
            prop_assert_eq!(read, String::from_utf8_lossy(&bytes));
        }
    }
}
