//! Where messages begin and end on one connection.

use super::Refusal;
use super::chunks::{Chunks, Part};
use super::head::{BodyFraming, Head, HeadLimits};

/// Follows the requests of one HTTP/1 connection. It only looks: bytes are the caller's.
#[derive(Debug, Clone)]
pub struct Framing {
    limits: HeadLimits,
    state: State,
    heads: u32,
    upgrade: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Head(Head),
    Sized(u64),
    Chunked(Chunks),
    /// The last request asked for an upgrade and has not been answered.
    Undecided,
    Tunnel,
    Refused,
}

/// What became of the bytes that were fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fed {
    /// So many may be handed on. The rest belong to a head that is not whole yet, wait for the
    /// fate of an upgrade, or are refused; unless refused they are fed again, with what follows.
    pub passed: usize,
    pub refusal: Option<Refusal>,
}

impl Framing {
    pub fn new(limits: HeadLimits) -> Self {
        Self { limits, state: State::Head(Head::default()), heads: 0, upgrade: false }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Fed {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let step = match &mut self.state {
                State::Head(head) if !rest.is_empty() => match head.scan(rest, &self.limits) {
                    Ok(None) => {
                        return Fed { passed: at, refusal: None };
                    }
                    Ok(Some(outline)) => {
                        self.heads = self.heads.wrapping_add(1);
                        self.upgrade = outline.upgrade;
                        self.begin_body(outline.body);
                        Ok(outline.length)
                    }
                    Err(refusal) => Err((0, refusal)),
                },
                State::Sized(left) => {
                    let step = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= step as u64;
                    if *left == 0 {
                        self.end_message();
                    }
                    Ok(step)
                }
                State::Chunked(chunks) => match chunks.read(rest, self.limits.bytes) {
                    Ok((step, part)) => {
                        if part == Part::End {
                            self.end_message();
                        }
                        Ok(step)
                    }
                    Err(refused) => Err(refused),
                },
                State::Tunnel => Ok(rest.len()),
                State::Head(_) | State::Undecided | State::Refused => {
                    return Fed { passed: at, refusal: None };
                }
            };
            match step {
                Ok(step) => at += step,
                Err((step, refusal)) => {
                    self.state = State::Refused;
                    return Fed { passed: at + step, refusal: Some(refusal) };
                }
            }
            if at == bytes.len() {
                return Fed { passed: at, refusal: None };
            }
        }
    }

    fn begin_body(&mut self, body: BodyFraming) {
        match body {
            BodyFraming::None => self.end_message(),
            BodyFraming::Sized(length) => self.state = State::Sized(length),
            BodyFraming::Chunked => self.state = State::Chunked(Chunks::default()),
        }
    }

    fn end_message(&mut self) {
        self.state = if self.upgrade { State::Undecided } else { State::Head(Head::default()) };
    }

    /// How many heads have been passed on.
    pub fn heads(&self) -> u32 {
        self.heads
    }

    pub fn is_in_head(&self) -> bool {
        matches!(self.state, State::Head(_))
    }

    pub fn is_in_body(&self) -> bool {
        matches!(self.state, State::Sized(_) | State::Chunked(_))
    }

    /// Whether what follows depends on the answer to a request for an upgrade.
    pub fn is_undecided(&self) -> bool {
        self.state == State::Undecided
    }

    pub fn is_tunnel(&self) -> bool {
        self.state == State::Tunnel
    }

    /// The upgrade was granted: all that follows is opaque.
    pub fn open_tunnel(&mut self) {
        self.state = State::Tunnel;
    }

    /// The upgrade was not granted: requests follow.
    pub fn decline_upgrade(&mut self) {
        self.state = State::Head(Head::default());
    }

    /// Refuses whatever else is fed.
    pub fn refuse(&mut self) {
        self.state = State::Refused;
    }
}
