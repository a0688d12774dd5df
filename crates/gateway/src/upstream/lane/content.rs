//! The body of an answer, taken out of the bytes of its connection.

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use wire::guard::{Chunks, Part};

use super::flaw::Flaw;
use super::head::Head;
use crate::upstream::hop::{self, Crossing};

const LONGEST_TRAILER: usize = 32 << 10;

/// How much of a body is still to come.
#[derive(Debug)]
pub(super) enum Content {
    Sized(u64),
    Chunked(Box<Chunked>),
    /// It ends with the connection.
    Rest,
    Over,
}

#[derive(Debug, Default)]
pub(super) struct Chunked {
    chunks: Chunks,
    trailers: HeaderMap,
}

/// What comes next of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    End,
    /// More bytes are needed to say.
    More,
}

impl Content {
    /// <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
    pub(super) fn after(head: &Head) -> Self {
        match head.length {
            Some(0) => Self::Over,
            Some(length) => Self::Sized(length),
            None if head.is_chunked => Self::Chunked(Box::default()),
            None => Self::Rest,
        }
    }

    pub(super) fn next(&mut self, input: &mut BytesMut) -> Result<Piece, Flaw> {
        match self {
            Self::Over => Ok(Piece::End),
            _ if input.is_empty() => Ok(Piece::More),
            Self::Rest => Ok(Piece::Data(input.split().freeze())),
            Self::Sized(left) => {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= step as u64;
                if *left == 0 {
                    *self = Self::Over;
                }
                Ok(Piece::Data(input.split_to(step).freeze()))
            }
            Self::Chunked(chunked) => {
                let piece = chunked.next(input)?;
                if matches!(piece, Piece::End | Piece::Trailers(_)) {
                    *self = Self::Over;
                } else if chunked.ends_with(input) {
                    input.clear();
                    *self = Self::Over;
                }
                Ok(piece)
            }
        }
    }

    /// How many bytes are left, where that is known.
    pub(super) fn left(&self) -> Option<u64> {
        match self {
            Self::Sized(left) => Some(*left),
            Self::Over => Some(0),
            Self::Chunked(_) | Self::Rest => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}

impl Chunked {
    fn next(&mut self, input: &mut BytesMut) -> Result<Piece, Flaw> {
        while !input.is_empty() {
            let read = self.chunks.read(input, LONGEST_TRAILER);
            let (count, part) = read.map_err(|(_, refusal)| Flaw::Chunk(refusal))?;
            let bytes = input.split_to(count);
            match part {
                Part::Framing => {}
                Part::Content => return Ok(Piece::Data(bytes.freeze())),
                Part::Field => self.keep_field(),
                Part::End if self.trailers.is_empty() => return Ok(Piece::End),
                Part::End => return Ok(Piece::Trailers(std::mem::take(&mut self.trailers))),
            }
        }
        Ok(Piece::More)
    }

    /// Whether nothing is left but the plain end of the body, which most answers have at hand: their
    /// connection is free at once.
    fn ends_with(&self, mut input: &[u8]) -> bool {
        const LONGEST: usize = 16;
        if input.is_empty() || input.len() > LONGEST {
            return false;
        }
        let mut chunks = self.chunks.clone();
        loop {
            match chunks.read(input, LONGEST_TRAILER) {
                Ok((count, Part::Framing)) if count < input.len() => input = &input[count..],
                Ok((count, Part::End)) => return count == input.len(),
                _ => return false,
            }
        }
    }

    /// Fields that concern a connection, or that a body has no say in, do not cross.
    fn keep_field(&mut self) {
        let Some((name, value)) = self.chunks.field() else { return };
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value))
            && hop::crossing(&name) == Crossing::Freely
        {
            self.trailers.append(name, value);
        }
    }
}
