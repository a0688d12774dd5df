//! Where messages begin and end on one connection.

use super::Refusal;
use super::chunks::{Chunks, Part};
use super::head::{BodyFraming, Head, HeadLimits, Outline};

/// Follows the requests of one HTTP/1 connection. It only looks: bytes are the caller's.
#[derive(Debug, Clone)]
pub struct Framing {
    limits: HeadLimits,
    state: State,
    /// Of the request under way, or the one that is being read.
    head: Head,
    is_head_whole: bool,
    heads: u32,
    upgrade: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Head,
    Sized(u64),
    Chunked(Chunks),
    /// The last request asked for an upgrade and has not been answered.
    Undecided,
    Tunnel,
    Refused,
}

/// What the bytes at the front are, and how many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// They do not say yet, or nothing may be read before an upgrade is decided.
    More,
    Head(Outline),
    /// They only frame a body.
    Frame(usize),
    Content(usize),
    /// The last of them complete a field after the body.
    Field(usize),
    /// What follows an upgrade.
    Tunnel(usize),
}

impl Step {
    /// How many bytes it takes.
    pub fn length(self) -> usize {
        match self {
            Self::More => 0,
            Self::Head(outline) => outline.length,
            Self::Frame(length)
            | Self::Content(length)
            | Self::Field(length)
            | Self::Tunnel(length) => length,
        }
    }
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
        Self {
            limits,
            state: State::Head,
            head: Head::default(),
            is_head_whole: false,
            heads: 0,
            upgrade: false,
        }
    }

    /// Takes as many steps as the bytes allow.
    pub fn feed(&mut self, bytes: &[u8]) -> Fed {
        let mut passed = 0;
        loop {
            match self.step(&bytes[passed..]) {
                Ok(Step::More) => return Fed { passed, refusal: None },
                Ok(step) => passed += step.length(),
                Err((sound, refusal)) => {
                    return Fed { passed: passed + sound, refusal: Some(refusal) };
                }
            }
        }
    }

    /// Says what stands at the front. Bytes that were told apart are not shown again; those of an
    /// unfinished head are, with what follows. An error says how many bytes before it were sound.
    pub fn step(&mut self, bytes: &[u8]) -> Result<Step, (usize, Refusal)> {
        if bytes.is_empty() {
            return Ok(Step::More);
        }
        let step = match &mut self.state {
            State::Head => self.scan(bytes),
            State::Sized(left) => {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= step as u64;
                if *left == 0 {
                    self.end_message();
                }
                Ok(Step::Content(step))
            }
            State::Chunked(chunks) => match chunks.read(bytes, self.limits.bytes) {
                Ok((step, Part::Framing)) => Ok(Step::Frame(step)),
                Ok((step, Part::Content)) => Ok(Step::Content(step)),
                Ok((step, Part::Field)) => Ok(Step::Field(step)),
                Ok((step, Part::End)) => {
                    self.end_message();
                    Ok(Step::Frame(step))
                }
                Err(refused) => Err(refused),
            },
            State::Tunnel => Ok(Step::Tunnel(bytes.len())),
            State::Undecided | State::Refused => Ok(Step::More),
        };
        if step.is_err() {
            self.state = State::Refused;
        }
        step
    }

    fn scan(&mut self, bytes: &[u8]) -> Result<Step, (usize, Refusal)> {
        if std::mem::take(&mut self.is_head_whole) {
            self.head.begin();
        }
        let outline = self.head.scan(bytes, &self.limits).map_err(|refusal| (0, refusal))?;
        let Some(outline) = outline else { return Ok(Step::More) };
        self.is_head_whole = true;
        self.heads = self.heads.wrapping_add(1);
        self.upgrade = outline.upgrade;
        match outline.body {
            BodyFraming::None => self.end_message(),
            BodyFraming::Sized(length) => self.state = State::Sized(length),
            BodyFraming::Chunked => self.state = State::Chunked(Chunks::default()),
        }
        Ok(Step::Head(outline))
    }

    fn end_message(&mut self) {
        self.state = if self.upgrade { State::Undecided } else { State::Head };
    }

    /// Where the parts of a head are, until the next one is read.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// How much of a body is left, where its length was announced.
    pub(crate) fn left(&self) -> Option<u64> {
        if let State::Sized(left) = &self.state { Some(*left) } else { None }
    }

    /// The name and the value of the field after a body that was told last.
    pub(crate) fn field(&self) -> Option<(&[u8], &[u8])> {
        if let State::Chunked(chunks) = &self.state { chunks.field() } else { None }
    }

    /// How many heads have been passed on.
    pub fn heads(&self) -> u32 {
        self.heads
    }

    pub fn is_in_head(&self) -> bool {
        self.state == State::Head
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
        self.state = State::Head;
    }

    /// Refuses whatever else is fed.
    pub fn refuse(&mut self) {
        self.state = State::Refused;
    }
}
