//! What is still to come of a request's body.

use bytes::{Buf, BytesMut};

use super::chunks::{Chunks, Piece};
use super::request::{Framing, Malformed};

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Body {
    Length(usize),
    Chunked { chunks: Chunks, gathered: BytesMut },
}

impl Body {
    pub(super) fn of(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => {
                Self::Chunked { chunks: Chunks::default(), gathered: BytesMut::new() }
            }
        }
    }

    /// Returns whether all of the body has passed.
    pub(super) fn skip(&mut self, input: &mut BytesMut) -> Result<bool, Malformed> {
        match self {
            Body::Length(left) => {
                let taken = (*left).min(input.len());
                input.advance(taken);
                *left -= taken;
                Ok(*left == 0)
            }
            Body::Chunked { chunks, .. } => loop {
                match chunks.next(input)? {
                    None => return Ok(false),
                    Some(Piece::Content(_)) => {}
                    Some(Piece::End(_)) => return Ok(true),
                }
            },
        }
    }
}
