//! The body of a request, read from its connection by whoever wants it.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;

use super::Link;
use crate::BodyError;

/// Dropped before its end, it leaves the connection without a use for what follows.
pub(crate) struct Incoming {
    link: Rc<RefCell<Link>>,
    /// How much is left, where that was announced.
    left: Option<u64>,
}

impl Incoming {
    pub(super) fn new(link: &Rc<RefCell<Link>>, length: Option<u64>) -> Self {
        Self { link: Rc::clone(link), left: length }
    }

    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = self.link.borrow_mut().poll_body(cx);
        if let (Some(left), Poll::Ready(Some(Ok(frame)))) = (&mut self.left, &polled) {
            *left -= frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left == Some(0) || !self.link.borrow().has_body()
    }

    pub(crate) fn left(&self) -> Option<u64> {
        self.left
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.link.borrow_mut().abandon_body();
    }
}
