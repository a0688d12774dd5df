//! Decodes `Transfer-Encoding: chunked` as bytes arrive.

use bytes::{Buf, Bytes, BytesMut};

use super::request::Malformed;

/// A chunk's size line, extensions included, and a trailer section fit in this.
const MAX_LINE: usize = 4 * 1024;
/// `Lambda-Runtime-Function-Error-Body` carries a base64 error document of up to 1 MB.
const MAX_TRAILERS: usize = 2 * 1024 * 1024;

/// Where in the encoding the decoder stands.
#[derive(Debug, Default)]
pub(crate) enum Chunks {
    #[default]
    Size,
    Content(usize),
    ContentEnd,
    Trailers,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Content(Bytes),
    End(Trailers),
}

/// The trailers by which a streamed response fails midway.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Trailers {
    pub(crate) error_type: Option<String>,
    /// Base64.
    pub(crate) error_body: Option<String>,
}

impl Chunks {
    /// The next piece, or `None` until more has arrived.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Piece>, Malformed> {
        loop {
            match *self {
                Self::Size => {
                    let Some(line) = line(input, MAX_LINE)? else { return Ok(None) };
                    *self = match size(&line)? {
                        0 => Self::Trailers,
                        size => Self::Content(size),
                    };
                }
                Self::Content(_) if input.is_empty() => return Ok(None),
                Self::Content(left) => {
                    let taken = left.min(input.len());
                    *self = match left - taken {
                        0 => Self::ContentEnd,
                        left => Self::Content(left),
                    };
                    return Ok(Some(Piece::Content(input.split_to(taken).freeze())));
                }
                Self::ContentEnd => {
                    if input.len() < 2 {
                        return Ok(None);
                    }
                    if !input.starts_with(b"\r\n") {
                        return Err(Malformed);
                    }
                    input.advance(2);
                    *self = Self::Size;
                }
                Self::Trailers => return trailers(input),
            }
        }
    }
}

fn line(input: &mut BytesMut, limit: usize) -> Result<Option<BytesMut>, Malformed> {
    match memchr::memchr(b'\n', input) {
        Some(end) if end <= limit => {
            let mut line = input.split_to(end + 1);
            if !line.ends_with(b"\r\n") {
                return Err(Malformed);
            }
            line.truncate(end - 1);
            Ok(Some(line))
        }
        None if input.len() <= limit => Ok(None),
        _ => Err(Malformed),
    }
}

fn size(line: &[u8]) -> Result<usize, Malformed> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let rest = line[digits..].trim_ascii_start();
    if digits == 0 || digits > 8 || !(rest.is_empty() || rest.starts_with(b";")) {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(&line[..digits]).map_err(|_| Malformed)?;
    usize::from_str_radix(text, 16).map_err(|_| Malformed)
}

fn trailers(input: &mut BytesMut) -> Result<Option<Piece>, Malformed> {
    let end = if input.starts_with(b"\r\n") {
        Some(2)
    } else {
        memchr::memmem::find(input, b"\r\n\r\n").map(|at| at + 4)
    };
    let Some(end) = end else {
        return if input.len() > MAX_TRAILERS { Err(Malformed) } else { Ok(None) };
    };
    let section = input.split_to(end);
    let mut trailers = Trailers::default();
    for line in std::str::from_utf8(&section).map_err(|_| Malformed)?.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = Some(value.trim().to_owned());
        if name.eq_ignore_ascii_case("lambda-runtime-function-error-type") {
            trailers.error_type = value;
        } else if name.eq_ignore_ascii_case("lambda-runtime-function-error-body") {
            trailers.error_body = value;
        }
    }
    Ok(Some(Piece::End(trailers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` a byte at a time and returns what was decoded.
    fn decode(text: &str) -> Result<Option<(Vec<u8>, Trailers)>, Malformed> {
        let (mut chunks, mut input, mut content) = (Chunks::default(), BytesMut::new(), Vec::new());
        for byte in text.bytes() {
            input.extend_from_slice(&[byte]);
            while let Some(piece) = chunks.next(&mut input)? {
                match piece {
                    Piece::Content(bytes) => content.extend_from_slice(&bytes),
                    Piece::End(trailers) => return Ok(Some((content, trailers))),
                }
            }
        }
        Ok(None)
    }

    #[test]
    fn chunks_join_and_trailers_are_read() {
        let plain = decode("3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n");
        assert_eq!(plain, Ok(Some((b"abcde".to_vec(), Trailers::default()))));
        let failed = decode(
            "1\r\na\r\n0\r\nLambda-Runtime-Function-Error-Type: Oops\r\nlambda-runtime-function-error-body: e30=\r\n\r\n",
        );
        let trailers =
            Trailers { error_type: Some("Oops".to_owned()), error_body: Some("e30=".to_owned()) };
        assert_eq!(failed, Ok(Some((b"a".to_vec(), trailers))));
    }

    #[test]
    fn broken_encodings_are_malformed() {
        for text in ["x\r\n", "\r\n", "3\nabc", "1\r\nab\r\n", "fffffffff\r\n", "1 x\r\n"] {
            assert_eq!(decode(text), Err(Malformed), "{text:?}");
        }
    }
}
