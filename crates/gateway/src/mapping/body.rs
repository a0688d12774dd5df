//! When bytes travel as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json;

/// Whether an HTTP API passes a body of this type as text: only these few, so that forms and
/// requests without a type are base64 too.
pub(super) fn is_text(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or("").trim();
    let is = |text: &str| essence.eq_ignore_ascii_case(text);
    essence.get(..5).is_some_and(|family| family.eq_ignore_ascii_case("text/"))
        || is("application/json")
        || is("application/xml")
        || is("application/javascript")
}

/// How a body stands in an event.
pub(super) enum Encoded<'a> {
    Text(&'a str),
    Base64(&'a [u8]),
}

impl<'a> Encoded<'a> {
    /// Text that is not UTF-8 would be damaged, so it is base64 whatever its type.
    pub(super) fn of(body: &'a [u8], is_text: bool) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) if is_text => Self::Text(text),
            _ => Self::Base64(body),
        }
    }

    pub(super) fn is_base64(&self) -> bool {
        matches!(self, Self::Base64(_))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => json::string(out, text.as_bytes()),
            Self::Base64(bytes) => {
                out.push(b'"');
                let start = out.len();
                out.resize(start + bytes.len().div_ceil(3) * 4, 0);
                let written = STANDARD.encode_slice(bytes, &mut out[start..]).unwrap_or(0);
                out.truncate(start + written);
                out.push(b'"');
            }
        }
    }
}

/// Decodes what a function encoded; tolerates missing padding and line breaks as Java's MIME
/// encoder writes them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::alphabet;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    if !text.contains(['\r', '\n']) {
        return LENIENT.decode(text).ok();
    }
    LENIENT.decode(text.replace(['\r', '\n'], "")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_types_are_text() {
        for text in [
            "text/plain",
            "TEXT/html; charset=utf-8",
            "application/json",
            "application/xml; a=b",
            "Application/JavaScript",
        ] {
            assert!(is_text(Some(text)), "{text}");
        }
        for bytes in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/problem+json",
            "image/svg+xml",
            "",
            "text",
            "té/x",
        ] {
            assert!(!is_text(Some(bytes)), "{bytes}");
        }
        assert!(!is_text(None));
    }

    #[test]
    fn decoding_tolerates_what_encoders_write() {
        assert_eq!(decode("AP+ACg=="), Some(vec![0x00, 0xff, 0x80, 0x0a]));
        assert_eq!(decode("AP+ACg"), Some(vec![0x00, 0xff, 0x80, 0x0a]));
        assert_eq!(decode("AP+A\r\nCg==\r\n"), Some(vec![0x00, 0xff, 0x80, 0x0a]));
        assert_eq!(decode("not base64!"), None);
    }
}
