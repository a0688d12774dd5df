//! Reads one answer out of the pieces that a network made of it, for tests and fuzzing.

use bytes::Bytes;
use http::{HeaderMap, Method, Response};

use super::super::content::Piece;
use super::super::flaw::Flaw;
use super::{Answers, Protocol};

/// What became of an answer.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    pub(crate) head: Option<Response<()>>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: HeaderMap,
    pub(crate) end: Option<End>,
    /// What the connection had sent beyond the answer.
    pub(crate) rest: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Complete, and another request may follow.
    Kept,
    /// Complete, and the connection is not used again.
    Closed,
    /// The connection ended before the answer did.
    Cut,
    Flawed(Flaw),
}

impl Trial {
    /// After the last piece the connection ends.
    pub(crate) fn run<'a>(
        method: &Method,
        protocol: Protocol,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let mut answers = Answers::new();
        answers.expect(method, protocol);
        let mut trial = Self::default();
        for piece in pieces {
            answers.input.extend_from_slice(piece);
            if let Err(flaw) = trial.advance(&mut answers) {
                trial.end = Some(End::Flawed(flaw));
                return trial;
            }
        }
        if trial.end.is_none() {
            let is_whole = trial.head.is_some() && answers.close();
            trial.end = Some(if is_whole { End::Closed } else { End::Cut });
        }
        trial.rest = answers.input.split().freeze();
        trial
    }

    fn advance(&mut self, answers: &mut Answers) -> Result<(), Flaw> {
        if self.head.is_none() && !answers.input.is_empty() {
            self.head = answers.head()?;
        }
        while self.head.is_some() && self.end.is_none() {
            match answers.piece()? {
                Piece::Data(bytes) => self.body.extend_from_slice(&bytes),
                Piece::Trailers(trailers) => self.trailers = trailers,
                Piece::End => self.end = Some(End::Closed),
                Piece::More => return Ok(()),
            }
        }
        if self.end.is_some() {
            let is_kept = answers.is_reusable();
            self.end = Some(if is_kept { End::Kept } else { End::Closed });
        }
        Ok(())
    }
}
