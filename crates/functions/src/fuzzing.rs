//! Ways in for the fuzz targets; compiled with the feature `fuzzing` only.

use bytes::BytesMut;

use crate::runtime_api::{Chunks, Framing, Piece, read_head};

/// Reads the requests of one runtime connection as it stands in `bytes`, and gives how many bytes
/// make whole requests.
pub fn requests(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Ok(Some((head, length))) = read_head(&bytes[at..], Some("id-1")) {
        assert!(length > 0 && at + length <= bytes.len(), "a head is longer than its bytes");
        at += length;
        let left = &bytes[at..];
        let body = match head.framing {
            Framing::Length(length) => (length <= left.len()).then_some(length),
            Framing::Chunked => chunked(left),
        };
        match body {
            Some(length) => at += length,
            None => break,
        }
    }
    at
}

/// How long a chunked body is, if it is whole.
fn chunked(bytes: &[u8]) -> Option<usize> {
    let (mut chunks, mut input) = (Chunks::default(), BytesMut::from(bytes));
    loop {
        match chunks.next(&mut input).ok()?? {
            Piece::Content(content) => assert!(!content.is_empty(), "an empty piece"),
            Piece::End(_) => return Some(bytes.len() - input.len()),
        }
    }
}
