//! A message on its way out: its head, and its body as far as it has come.

use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use crate::gather;

/// Up to this much is copied behind what waits to be written; more is written from where it is.
const SMALL: usize = 4 << 10;
const LINE_END: &[u8] = b"\r\n";

/// What a head says of the body after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    NoBody,
    Of(u64),
    /// It is sent in chunks.
    Unknown,
    /// It ends with the connection: HTTP/1.0 knows no chunks.
    UntilClose,
}

/// The buffer is one connection's, and used again for each request.
#[derive(Debug, Default)]
pub struct Outgoing {
    buffer: Vec<u8>,
    written: usize,
    /// A large piece of a body, after the buffer.
    piece: Bytes,
    /// The line end after the piece.
    ending: &'static [u8],
}

impl Outgoing {
    /// A new message's head. What was said before it goes out first.
    pub fn head<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.make_room();
        write(&mut self.buffer)
    }

    pub fn is_empty(&self) -> bool {
        self.written == self.buffer.len() && self.piece.is_empty() && self.ending.is_empty()
    }

    /// Whether more of a body can join what waits.
    pub fn has_room(&self) -> bool {
        self.buffer.len() - self.written < SMALL && self.piece.is_empty() && self.ending.is_empty()
    }

    /// More of a body, while there is room.
    pub fn data(&mut self, length: Length, bytes: Bytes) {
        self.make_room();
        let in_chunks = length == Length::Unknown;
        if bytes.is_empty() {
            // A chunk without content would end the body.
            return;
        }
        if in_chunks {
            // Writing to memory does not fail.
            let _ = write!(self.buffer, "{:x}\r\n", bytes.len());
        }
        let ending = if in_chunks { LINE_END } else { b"" };
        if bytes.len() <= SMALL {
            self.buffer.extend_from_slice(&bytes);
            self.buffer.extend_from_slice(ending);
        } else {
            self.piece = bytes;
            self.ending = ending;
        }
    }

    /// The end of a body, and the fields after it.
    pub fn end<'a>(
        &mut self,
        length: Length,
        trailers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) {
        if length != Length::Unknown {
            return;
        }
        self.make_room();
        self.buffer.extend_from_slice(b"0\r\n");
        for (name, value) in trailers {
            line(&mut self.buffer, name, value);
        }
        self.buffer.extend_from_slice(LINE_END);
    }

    fn make_room(&mut self) {
        if self.written == self.buffer.len() {
            self.buffer.clear();
            self.written = 0;
        }
    }

    /// Writes what waits, as far as it goes. Returns how much was written.
    pub fn poll_write(
        &mut self,
        stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let head = &self.buffer[self.written..];
        let count = if self.piece.is_empty() && self.ending.is_empty() {
            ready!(stream.poll_write(cx, head))?
        } else {
            let slices = [IoSlice::new(head), IoSlice::new(&self.piece), IoSlice::new(self.ending)];
            ready!(gather::poll_write(stream, cx, &slices))?
        };
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(count);
        Poll::Ready(Ok(count))
    }

    fn advance(&mut self, count: usize) {
        let head = count.min(self.buffer.len() - self.written);
        self.written += head;
        let piece = (count - head).min(self.piece.len());
        self.piece.advance(piece);
        self.ending = &self.ending[count - head - piece..];
    }
}

/// One line of a head.
pub fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
