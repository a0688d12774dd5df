//! Short texts that live in place, and the ids among them.

use std::fmt::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A short text that lives in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Text<N> {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = usize::from(self.length);
        let end = start + text.len();
        self.bytes.get_mut(start..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = u8::try_from(end).map_err(|_| fmt::Error)?;
        Ok(())
    }
}

/// Eleven bytes in base64, as HTTP APIs name their requests: `Oh8O5hb4LPEEPaA=`.
pub(super) fn short_id(random: u128) -> Text<36> {
    let mut text = Text::default();
    let written = STANDARD.encode_slice(&random.to_be_bytes()[..11], &mut text.bytes);
    text.length = written.map_or(0, |length| u8::try_from(length).unwrap_or(0));
    text
}

/// A version 4 UUID.
pub(super) fn uuid(random: u128) -> Text<36> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bits = random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let mut text = Text { bytes: [b'-'; 36], length: 36 };
    let mut at = 0;
    for byte in bits.to_be_bytes() {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text.bytes[at] = DIGITS[usize::from(byte >> 4)];
        text.bytes[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shapes() {
        assert_eq!(uuid(u128::MAX).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid(7).as_str(), model::RequestId::from_random(7).as_str());
        assert_eq!(short_id(0).as_str(), "AAAAAAAAAAAAAAA=");
    }
}
