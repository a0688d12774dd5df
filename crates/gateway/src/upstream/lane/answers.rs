//! Follows the answers on one connection. It only looks at bytes; where they come from is the lane's
//! business.

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod trial;

use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, UPGRADE};
use http::{Method, Response, StatusCode};

use super::content::{Content, Piece};
use super::flaw::Flaw;
use super::head::{self, ends_at_head};

/// One answer at a time: [`expect`](Answers::expect), then its head, then its body piece by piece.
#[derive(Debug)]
pub(crate) struct Answers {
    /// Read and not used yet.
    pub(super) input: BytesMut,
    /// How far the head has been looked at.
    scanned: usize,
    content: Content,
    is_head: bool,
    may_switch: bool,
    is_kept: bool,
}

/// Whether the request asked for another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Other,
}

impl Answers {
    pub(crate) fn new() -> Self {
        Self {
            input: BytesMut::new(),
            scanned: 0,
            content: Content::Over,
            is_head: false,
            may_switch: false,
            is_kept: true,
        }
    }

    /// What comes next answers a request of this method.
    pub(crate) fn expect(&mut self, method: &Method, protocol: Protocol) {
        self.scanned = 0;
        self.is_head = *method == Method::HEAD;
        self.may_switch = protocol == Protocol::Other;
    }

    /// The head of the final answer, once it is whole; interim answers before it are passed over.
    pub(crate) fn head(&mut self) -> Result<Option<Response<()>>, Flaw> {
        loop {
            let Some(end) = head::end(&self.input, &mut self.scanned)? else { return Ok(None) };
            self.scanned = 0;
            let mut head = head::parse(&self.input.split_to(end).freeze())?;
            let status = head.response.status();
            if status == StatusCode::SWITCHING_PROTOCOLS {
                return self.switch(head).map(Some);
            }
            if status.is_informational() {
                continue;
            }
            self.is_kept = head.is_kept;
            self.content = Content::after(&head);
            if ends_at_head(self.is_head, status) {
                if status == StatusCode::NO_CONTENT && head.announces_content() {
                    // It may come, and would be taken for the next answer.
                    self.is_kept = false;
                    head.response.headers_mut().remove(CONTENT_LENGTH);
                }
                self.content = Content::Over;
            }
            return Ok(Some(head.response));
        }
    }

    fn switch(&mut self, mut head: head::Head) -> Result<Response<()>, Flaw> {
        let (true, Some(protocol)) = (self.may_switch, head.upgrade) else {
            return Err(Flaw::Switch);
        };
        self.is_kept = false;
        head.response.headers_mut().insert(UPGRADE, protocol);
        Ok(head.response)
    }

    /// What comes next of the body.
    pub(crate) fn piece(&mut self) -> Result<Piece, Flaw> {
        self.content.next(&mut self.input)
    }

    /// The connection has ended. Returns whether the body is whole.
    pub(crate) fn close(&mut self) -> bool {
        self.is_kept = false;
        if matches!(self.content, Content::Rest) {
            self.content = Content::Over;
        }
        self.content.is_over()
    }

    /// How much of the body is left, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.content.left()
    }

    /// Whether another request may follow: the answer is complete, and nothing came after it.
    pub(crate) fn is_reusable(&self) -> bool {
        self.is_kept && self.content.is_over() && self.input.is_empty()
    }
}
