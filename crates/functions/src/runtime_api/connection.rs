//! One connection of a runtime: requests in, answers out, in order.

use std::io;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};

use super::MAX_PAYLOAD;
use super::answer::{self, Delivery, Refusal};
use super::body::Body;
use super::chunks::{Chunks, Piece};
use super::message::{Message, StreamFailure, failure};
use super::request::{self, Call, Framing, Head, Malformed};
use super::socket::Socket;

/// A read starts with this much room.
const READ_ROOM: usize = 8 * 1024;
/// Bodies up to this size are copied out, which leaves the read buffer reusable.
const COPIED: usize = 16 * 1024;

#[derive(Debug)]
enum Reading {
    Head,
    Buffered {
        head: Head,
        body: Body,
    },
    Streamed(Chunks),
    /// A refused body passes by unread.
    Skipped(Body),
}

#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    input: BytesMut,
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
    reading: Reading,
    /// The runtime waits for an invocation and has sent nothing since.
    asks: bool,
    closes: bool,
}

/// What the connection needs to know of the environment to read a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expecting<'a> {
    /// The id of the invocation that has no response yet.
    pub(crate) current: Option<&'a str>,
    /// The environment has not asked for an invocation yet.
    pub(crate) initializing: bool,
}

impl Connection {
    pub(crate) fn new(socket: Socket) -> Self {
        Self {
            socket,
            input: BytesMut::with_capacity(READ_ROOM),
            output: Vec::new(),
            written: 0,
            reading: Reading::Head,
            asks: false,
            closes: false,
        }
    }

    pub(crate) fn rehome(self) -> io::Result<Self> {
        Ok(Self { socket: self.socket.rehome()?, ..self })
    }

    /// Queues an invocation; the next poll writes it.
    pub(crate) fn deliver(&mut self, delivery: &Delivery<'_>) {
        self.asks = false;
        answer::deliver(&mut self.output, delivery);
    }

    /// The next message. Answers are written only when no complete request is left to read, so
    /// that a runtime which sends a response and asks for the next invocation in one write is
    /// woken once, by that invocation.
    pub(crate) fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        expecting: Expecting<'_>,
    ) -> Poll<Message> {
        loop {
            match self.read(expecting) {
                Ok(Some(message)) => return Poll::Ready(message),
                Ok(None) if self.closes && matches!(self.reading, Reading::Head) => {
                    let _ = self.poll_flush(cx);
                    return Poll::Ready(Message::Closed);
                }
                Ok(None) => {}
                Err(Malformed) => {
                    self.refuse(answer::MALFORMED);
                    let _ = self.poll_flush(cx);
                    return Poll::Ready(self.end());
                }
            }
            // What answers the request before goes out with the invocation, in one write.
            if !self.asks
                && let Poll::Ready(Err(_)) = self.poll_flush(cx)
            {
                return Poll::Ready(self.end());
            }
            match self.socket.poll_read(cx, &mut self.input, READ_ROOM) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(self.end()),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The connection is over; a response that was being streamed is cut off.
    fn end(&mut self) -> Message {
        self.closes = true;
        self.input.clear();
        match std::mem::replace(&mut self.reading, Reading::Head) {
            Reading::Streamed(_) => Message::StreamEnd(Some(StreamFailure {
                error_type: "Runtime.TruncatedResponse".to_owned(),
                body: None,
            })),
            _ => Message::Closed,
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.output.len() {
            match self.socket.poll_write(cx, &self.output[self.written..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        self.written = 0;
        self.output.clear();
        if self.output.capacity() > 64 * 1024 {
            self.output = Vec::new();
        }
        Poll::Ready(Ok(()))
    }

    /// A message out of what has arrived.
    fn read(&mut self, expecting: Expecting<'_>) -> Result<Option<Message>, Malformed> {
        loop {
            let message = match &mut self.reading {
                Reading::Head => {
                    if self.input.is_empty() || self.closes {
                        return Ok(None);
                    }
                    match request::read(&self.input, expecting.current)? {
                        None => return Ok(None),
                        Some((head, length)) => {
                            self.input.advance(length);
                            self.asks = false;
                            self.closes = head.closes;
                            self.begin(head, expecting)
                        }
                    }
                }
                Reading::Buffered { .. } => match self.read_buffered()? {
                    None => return Ok(None),
                    message => message,
                },
                Reading::Streamed(chunks) => match chunks.next(&mut self.input)? {
                    None => return Ok(None),
                    Some(Piece::Content(bytes)) => Some(Message::StreamChunk(bytes)),
                    Some(Piece::End(trailers)) => {
                        self.reading = Reading::Head;
                        self.output.extend_from_slice(answer::ACCEPTED);
                        Some(Message::StreamEnd(failure(trailers)))
                    }
                },
                Reading::Skipped(body) => {
                    if !body.skip(&mut self.input)? {
                        return Ok(None);
                    }
                    self.reading = Reading::Head;
                    None
                }
            };
            if message.is_some() {
                return Ok(message);
            }
        }
    }

    /// Decides by its head what becomes of a request.
    fn begin(&mut self, head: Head, expecting: Expecting<'_>) -> Option<Message> {
        let refusal = match head.call {
            Call::Unknown => Some(answer::UNKNOWN),
            Call::Response { current: false } | Call::Error { current: false } => {
                Some(answer::WRONG_ID)
            }
            Call::Next if expecting.current.is_some() => Some(answer::WRONG_STATE),
            Call::InitError if !expecting.initializing => Some(answer::INITIALIZED),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.refuse(refusal);
            self.reading = Reading::Skipped(Body::of(head.framing));
            return None;
        }
        if head.call == Call::Next {
            self.asks = true;
            return Some(Message::Next);
        }
        if matches!(head.framing, Framing::Length(length) if length > MAX_PAYLOAD) {
            self.refuse(answer::TOO_LARGE);
            self.reading = Reading::Skipped(Body::of(head.framing));
            return Some(Message::TooLarge);
        }
        if head.expects_continue && self.input.is_empty() {
            self.output.extend_from_slice(answer::CONTINUE);
        }
        if head.streams && head.framing == Framing::Chunked && head.call != Call::InitError {
            self.reading = Reading::Streamed(Chunks::default());
            return Some(Message::StreamStart { content_type: head.content_type });
        }
        if let Framing::Length(length) = head.framing {
            self.input.reserve(length.saturating_sub(self.input.len()));
        }
        self.reading = Reading::Buffered { body: Body::of(head.framing), head };
        None
    }

    fn read_buffered(&mut self) -> Result<Option<Message>, Malformed> {
        let Reading::Buffered { head, body } = &mut self.reading else { return Ok(None) };
        let bytes = match body {
            Body::Length(length) if self.input.len() < *length => return Ok(None),
            Body::Length(length) if *length <= COPIED => {
                let bytes = Bytes::copy_from_slice(&self.input[..*length]);
                self.input.advance(*length);
                bytes
            }
            Body::Length(length) => self.input.split_to(*length).freeze(),
            Body::Chunked { chunks, gathered } => loop {
                match chunks.next(&mut self.input)? {
                    None => return Ok(None),
                    Some(Piece::Content(bytes)) => gathered.extend_from_slice(&bytes),
                    Some(Piece::End(_)) => break std::mem::take(gathered).freeze(),
                }
                if gathered.len() > MAX_PAYLOAD {
                    let chunks = std::mem::take(chunks);
                    let rest = Body::Chunked { chunks, gathered: BytesMut::new() };
                    self.reading = Reading::Skipped(rest);
                    self.refuse(answer::TOO_LARGE);
                    return Ok(Some(Message::TooLarge));
                }
            },
        };
        let error_type = head.error_type.take();
        let message = match head.call {
            Call::InitError => Message::InitError(bytes),
            Call::Error { .. } => Message::Error { error_type, body: bytes },
            _ => Message::Response(bytes),
        };
        self.reading = Reading::Head;
        self.output.extend_from_slice(answer::ACCEPTED);
        Ok(Some(message))
    }

    fn refuse(&mut self, refusal: Refusal) {
        answer::refuse(&mut self.output, refusal);
    }
}
