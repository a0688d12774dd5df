//! One connection to an upstream: HTTP/1.1, one request at a time, driven by whoever holds it.
//!
//! hyper's client is made for a connection that lives in a task of its own. Here the request's task
//! drives it: the head is written straight from the client's fields, and answers are read into one
//! buffer and taken out of it without a copy.

pub(super) mod answers;
mod content;
mod flaw;
mod head;
#[cfg(test)]
mod tests;

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use http::{Method, Response};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::Instant;
use wire::BodyError;
use wire::outgoing::Outgoing;

use super::alarm::Alarm;
use super::hop;
use super::upload::Upload;
pub(crate) use answers::{Answers, Protocol};
pub(crate) use content::Piece;
pub(crate) use flaw::Flaw;

/// Dropped, it closes.
#[derive(Debug)]
pub(super) struct Lane {
    stream: TcpStream,
    answers: Answers,
    outgoing: Outgoing,
    upload: Option<Upload>,
    /// When the body under way had come to its end.
    sent_at: Option<Instant>,
    /// Bytes have gone out for the request under way.
    has_written: bool,
    /// Bytes have come back for it.
    has_read: bool,
    /// The request was given up half-way.
    is_broken: bool,
    /// How much is read at a time: more while an answer fills it.
    reach: usize,
    pub(super) alarm: Alarm,
}

const LEAST_REACH: usize = 8 << 10;
const MOST_REACH: usize = 128 << 10;

/// Why a request cannot go on being sent.
#[derive(Debug)]
pub(super) enum SendFault {
    /// The client's body failed.
    Body(BodyError),
    /// The upstream takes no more; it may have answered all the same.
    Connection,
}

/// Why an answer cannot be read on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadFault {
    #[error("the connection ended")]
    Ended,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Flaw(#[from] Flaw),
}

impl Lane {
    pub(super) fn over(stream: TcpStream, patience: Duration) -> Box<Self> {
        Box::new(Self {
            stream,
            answers: Answers::new(),
            outgoing: Outgoing::default(),
            upload: None,
            sent_at: None,
            has_written: false,
            has_read: false,
            is_broken: false,
            reach: LEAST_REACH,
            alarm: Alarm::after(patience),
        })
    }

    /// Begins a request. It goes out while the lane is polled.
    pub(super) fn begin(
        &mut self,
        method: &Method,
        protocol: Protocol,
        write_head: impl FnOnce(&mut Vec<u8>),
        upload: Option<Upload>,
    ) {
        self.answers.expect(method, protocol);
        self.outgoing.head(write_head);
        self.upload = upload;
        self.sent_at = None;
        self.has_written = false;
        self.has_read = false;
        self.reach = LEAST_REACH;
    }

    /// The body under way, while it is.
    pub(super) fn upload(&self) -> Option<&Upload> {
        self.upload.as_ref()
    }

    pub(super) fn sent_at(&self) -> Option<Instant> {
        self.sent_at
    }

    /// Takes a request back that did not leave. `None`: it may have.
    pub(super) fn take_back(&mut self) -> Option<Option<Upload>> {
        let has_left = self.has_written || self.upload.as_ref().is_some_and(Upload::has_begun);
        (!has_left).then(|| self.upload.take())
    }

    /// Whether anything of an answer has arrived.
    pub(super) fn has_read(&self) -> bool {
        self.has_read
    }

    /// Sends what there is to send. `Ready`: all of the request, or it failed.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendFault>> {
        if self.is_broken {
            return Poll::Ready(Err(SendFault::Connection));
        }
        loop {
            if self.outgoing.has_room() && self.poll_gather(cx)? {
                continue;
            }
            if self.outgoing.is_empty() {
                return if self.upload.is_none() { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            if ready!(self.outgoing.poll_write(Pin::new(&mut self.stream), cx)).is_err() {
                return Poll::Ready(Err(self.break_off(SendFault::Connection)));
            }
            self.has_written = true;
        }
    }

    /// Adds what the body has to what waits. Returns whether there may be more.
    fn poll_gather(&mut self, cx: &mut Context<'_>) -> Result<bool, SendFault> {
        let Some(upload) = &mut self.upload else { return Ok(false) };
        let length = upload.length;
        let frame = match upload.poll(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(Ok(frame)) => frame,
            Poll::Ready(Err(problem)) => return Err(self.break_off(SendFault::Body(problem))),
        };
        let (is_over, last) = (upload.is_over(), upload.last());
        let trailers = match frame.map(http_body::Frame::into_data) {
            Some(Ok(bytes)) => {
                self.outgoing.data(length, bytes);
                None
            }
            Some(Err(frame)) => frame.into_trailers().ok(),
            None => None,
        };
        if is_over {
            self.sent_at = Some(last);
            self.outgoing.end(length, hop::crossing_fields(trailers.as_ref()));
            self.upload = None;
        }
        Ok(!is_over)
    }

    fn break_off(&mut self, fault: SendFault) -> SendFault {
        self.is_broken = true;
        fault
    }

    pub(super) fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response<()>, ReadFault>> {
        loop {
            if self.has_read
                && let Some(head) = self.answers.head()?
            {
                return Poll::Ready(Ok(head));
            }
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(ReadFault::Ended));
            }
        }
    }

    /// What comes next of the answer's body.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, ReadFault>> {
        loop {
            let piece = self.answers.piece()?;
            if piece != Piece::More {
                return Poll::Ready(Ok(piece));
            }
            if ready!(self.poll_fill(cx))? == 0 && !self.answers.close() {
                return Poll::Ready(Err(ReadFault::Ended));
            }
        }
    }

    /// The same of what has arrived.
    pub(super) fn piece(&mut self) -> Result<Piece, Flaw> {
        self.answers.piece()
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let input = &mut self.answers.input;
        input.reserve(self.reach);
        let room = input.capacity() - input.len();
        let count = ready!(pin!(self.stream.read_buf(input)).poll(cx))?;
        self.has_read |= count > 0;
        if count == room {
            self.reach = (self.reach * 2).min(MOST_REACH);
        }
        Poll::Ready(Ok(count))
    }

    /// How much of the answer's body is left, where that is known.
    pub(super) fn left(&self) -> Option<u64> {
        self.answers.left()
    }

    /// Whether the request is sent, its answer read, and another may follow.
    pub(super) fn is_reusable(&self) -> bool {
        let is_sent = self.upload.is_none() && self.outgoing.is_empty() && !self.is_broken;
        is_sent && self.answers.is_reusable()
    }

    /// Whether a lane that has been idle can be used: nothing has come, not even its end. The kernel
    /// is asked only if it has reported something.
    pub(super) fn is_free(&self) -> bool {
        let seen = self.stream.try_read(&mut [0]);
        matches!(seen, Err(problem) if problem.kind() == io::ErrorKind::WouldBlock)
    }

    /// Frees what a lane that is idle for a while would keep in memory: its buffers, and the task
    /// that used it last.
    pub(super) fn rest(&mut self) {
        self.answers.input = BytesMut::new();
        self.outgoing = Outgoing::default();
        let _ = Pin::new(&self.stream).poll_read_ready(&mut Context::from_waker(Waker::noop()));
    }

    /// After `101 Switching Protocols`: the bare connection and what was read beyond the head.
    pub(super) fn into_stream(self) -> (TcpStream, BytesMut) {
        (self.stream, self.answers.input)
    }
}
