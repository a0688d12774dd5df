//! The Runtime API of one environment: its listener and its connections. Whoever leases the
//! environment owns the endpoint and drives it; nothing is shared and nothing is locked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::task::{Context, Poll};

use tokio::net::TcpListener;

use super::answer::Delivery;
use super::connection::{Connection, Expecting};
use super::message::Message;
use super::socket::{Channel, Socket};

/// Official clients use one or two connections; a runtime that opens more than this is broken.
const MAX_CONNECTIONS: usize = 32;

#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Absent only after a failed move to another runtime.
    listener: Option<TcpListener>,
    connections: Vec<Connection>,
    /// The connection on which the runtime waits for an invocation.
    parked: Option<usize>,
    initialized: bool,
}

#[derive(Debug)]
pub(crate) enum Event {
    /// The runtime waits for an invocation.
    Ready,
    Said(Message),
}

impl Endpoint {
    /// Listens on a loopback port of its own: the environment is known by where it calls.
    pub(crate) fn open() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: Some(TcpListener::from_std(listener)?),
            connections: Vec::with_capacity(1),
            parked: None,
            initialized: false,
        })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.as_ref().ok_or(io::ErrorKind::NotConnected)?.local_addr()
    }

    /// Adds a connection that the process inherits instead of opening it.
    pub(crate) fn attach(&mut self, stream: StdUnixStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let socket = Socket::Unix(Channel::new(stream)?);
        self.connections.push(Connection::new(socket));
        Ok(())
    }

    /// Moves to the runtime that calls this, so that it is woken without a detour. After an error
    /// the endpoint is closed.
    pub(crate) fn rehome(&mut self) -> io::Result<()> {
        let parked = self.parked.take();
        let listener = self.listener.take().ok_or(io::ErrorKind::NotConnected)?;
        let connections = std::mem::take(&mut self.connections).into_iter();
        self.connections = connections.map(Connection::rehome).collect::<io::Result<_>>()?;
        self.listener = Some(TcpListener::from_std(listener.into_std()?)?);
        self.parked = parked;
        Ok(())
    }

    /// Hands an invocation to the runtime, which must be waiting; the next poll writes it.
    pub(crate) fn deliver(&mut self, delivery: &Delivery<'_>) -> bool {
        let Some(index) = self.parked.take() else { return false };
        self.connections[index].deliver(delivery);
        true
    }

    /// What the runtime does next. `current` is the invocation that has no response yet.
    pub(crate) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        current: Option<&str>,
    ) -> Poll<Event> {
        while let Some(listener) = &self.listener
            && let Poll::Ready(Ok((stream, _))) = listener.poll_accept(cx)
        {
            if self.connections.len() < MAX_CONNECTIONS {
                let _ = stream.set_nodelay(true);
                self.connections.push(Connection::new(Socket::Tcp(stream)));
            }
        }
        let expecting = Expecting { current, initializing: !self.initialized };
        let mut index = 0;
        while index < self.connections.len() {
            match self.connections[index].poll_message(cx, expecting) {
                Poll::Pending => index += 1,
                Poll::Ready(Message::Next) => {
                    // A runtime that gave up its wait and asks again is served where it asks.
                    self.parked = Some(index);
                    self.initialized = true;
                    return Poll::Ready(Event::Ready);
                }
                // Clients without keep-alive come back; a process that ended is noticed as such.
                Poll::Ready(Message::Closed) => self.close(index),
                Poll::Ready(message) => return Poll::Ready(Event::Said(message)),
            }
        }
        Poll::Pending
    }

    fn close(&mut self, index: usize) {
        self.connections.remove(index);
        self.parked = match self.parked {
            Some(parked) if parked == index => None,
            Some(parked) if parked > index => Some(parked - 1),
            parked => parked,
        };
    }

    pub(crate) fn is_parked(&self) -> bool {
        self.parked.is_some()
    }
}
