//! The byte stream below a Runtime API connection.

use std::future::Future;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use rustix::io::Errno;
use rustix::net::SendFlags;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt, AsyncWrite, Interest};
use tokio::net::TcpStream;

/// A read of a channel takes no more than this, and fills less of the buffer with zeros first.
const MAX_READ: usize = 256 * 1024;

/// TCP is what official clients speak. The bootstraps of this crate inherit a Unix socket: a round
/// trip costs less than half the processor time of one over loopback TCP.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(Channel),
}

impl Socket {
    /// Appends what has arrived, at least `room` if there is as much; `Ready(Ok(0))` is the end.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => {
                buffer.reserve(room);
                pin!(stream.read_buf(buffer)).poll(cx)
            }
            Self::Unix(channel) => channel.poll_read(cx, buffer, room),
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(channel) => channel.poll_write(cx, bytes),
        }
    }

    /// Registers with the runtime that calls this, so that it is woken without a detour.
    pub(crate) fn rehome(self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => Ok(Self::Tcp(TcpStream::from_std(stream.into_std()?)?)),
            Self::Unix(channel) => Ok(Self::Unix(channel.rehome()?)),
        }
    }
}

/// A Unix socket that is watched for what arrives and, only while it is full, for room to write.
/// Linux announces room each time the other side has read: watching for it always, as tokio's own
/// type does, would wake the server once more in every invocation.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: AsyncFd<UnixStream>,
    room: Option<AsyncFd<UnixStream>>,
}

impl Channel {
    /// `stream` does not block.
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        Ok(Self { stream: watch(stream, Interest::READABLE)?, room: None })
    }

    fn rehome(self) -> io::Result<Self> {
        Self::new(self.stream.into_inner())
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.stream.poll_read_ready(cx))?;
            let filled = buffer.len();
            buffer.reserve(room);
            let free = (buffer.capacity() - filled).min(MAX_READ);
            buffer.resize(filled + free, 0);
            let read = (&mut ready.get_inner()).read(&mut buffer[filled..]);
            buffer.truncate(filled + read.as_ref().copied().unwrap_or(0));
            match read {
                Ok(count) => {
                    // What arrives from now on is announced anew.
                    if 0 < count && count < free {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match rustix::net::send(self.stream.get_ref(), bytes, SendFlags::NOSIGNAL) {
                Ok(count) => {
                    self.room = None;
                    return Poll::Ready(Ok(count));
                }
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => {}
                Err(errno) => return Poll::Ready(Err(errno.into())),
            }
            let room = match &mut self.room {
                Some(room) => room,
                none => {
                    let again = self.stream.get_ref().try_clone()?;
                    none.insert(watch(again, Interest::WRITABLE)?)
                }
            };
            ready!(room.poll_write_ready(cx))?.clear_ready();
        }
    }
}

#[expect(unsafe_code, reason = "tokio leaves it to its caller that a descriptor stays open")]
fn watch(stream: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    // SAFETY: a `UnixStream` owns its descriptor and never exchanges it; it is closed when the
    // `AsyncFd` drops it or has given it back, and nothing here replaces what an `AsyncFd` holds.
    unsafe { AsyncFd::register_with_interest(stream, interest) }.map_err(io::Error::from)
}
