//! Long texts that mostly need no escapes: they are looked through many bytes at once, and copied whole.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// A text of an output, which a serializer is given as bytes and writes as text. Outputs have no other bytes.
pub(crate) struct Plain(pub(crate) String);

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_bytes())
    }
}

pub(super) fn to_json(output: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(128);
    output.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Texts))?;
    Ok(text)
}

struct Texts;

impl Formatter for Texts {
    fn write_byte_array<W: Write + ?Sized>(&mut self, to: &mut W, text: &[u8]) -> io::Result<()> {
        if has_escapes(text) {
            let text = str::from_utf8(text).map_err(io::Error::other)?;
            return Ok(serde_json::to_writer(to, text)?);
        }
        to.write_all(b"\"")?;
        to.write_all(text)?;
        to.write_all(b"\"")
    }
}

fn has_escapes(text: &[u8]) -> bool {
    let is_escaped = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\');
    text.chunks(128).any(|piece| piece.iter().fold(false, |any, byte| any | is_escaped(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_all_are() {
        let odd = (0..=0x80).filter_map(char::from_u32).chain(['é', '\u{2028}', '\u{1f600}']);
        for c in odd {
            for before in [0, 1, 127, 128, 300] {
                let text = format!("{}{c}{}", "x".repeat(before), "y".repeat(before));
                let expected = serde_json::to_string(&[&text]).expect("a text");
                let written = to_json(&[Plain(text)]).expect("a text");
                assert_eq!(String::from_utf8_lossy(&written), expected, "{c:?} after {before}");
            }
        }
    }
}
