//! The socket between server and launcher: whole messages, file descriptors alongside.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, shutdown,
    socketpair, sockopt,
};

/// Largest message; a sequenced-packet socket takes it whole with its default buffer.
pub(crate) const MAX_MESSAGE: usize = 128 * 1024;
/// Most file descriptors alongside one message.
pub(crate) const MAX_FILES: usize = 16;

/// One end of the socket. Messages keep their boundaries and their order.
#[derive(Debug)]
pub(crate) struct Channel {
    socket: OwnedFd,
}

/// What arrived.
pub(crate) enum Received {
    /// So many bytes of the buffer, and these descriptors.
    Message(usize, Vec<OwnedFd>),
    /// The peer is gone.
    Closed,
}

impl Channel {
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (a, b) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self { socket: a }, Self { socket: b }))
    }

    pub(crate) fn from_socket(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// Waits while the peer is behind with reading.
    pub(crate) fn send(&self, message: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<()> {
        self.transmit(message, files, SendFlags::NOSIGNAL)
    }

    /// `WouldBlock` while the peer is behind with reading.
    pub(crate) fn try_send(&self, message: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<()> {
        self.transmit(message, files, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)
    }

    fn transmit(
        &self,
        message: &[u8],
        files: &[BorrowedFd<'_>],
        flags: SendFlags,
    ) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(files)) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        loop {
            match sendmsg(&self.socket, &[IoSlice::new(message)], &mut ancillary, flags) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits for a message.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let into = &mut [IoSliceMut::new(buffer)];
            match recvmsg(&self.socket, into, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
                Ok(received) => break received,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::CONNRESET) => return Ok(Received::Closed),
                Err(error) => return Err(error.into()),
            }
        };
        if received.bytes == 0 {
            return Ok(Received::Closed);
        }
        let mut files = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                files.extend(rights);
            }
        }
        Ok(Received::Message(received.bytes, files))
    }

    pub(crate) fn give_up_receiving_after(&self, span: Option<Duration>) -> io::Result<()> {
        Ok(sockopt::set_socket_timeout(&self.socket, sockopt::Timeout::Recv, span)?)
    }

    /// Wakes whoever is receiving on this end and tells the peer that nothing more comes.
    pub(crate) fn close(&self) {
        // A socket whose peer is gone already is as closed as it can be.
        let _ = shutdown(&self.socket, Shutdown::Both);
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> Self {
        channel.socket
    }
}
