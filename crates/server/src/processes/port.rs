//! A port that a process may listen on and nobody else is given.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};

/// Held bound and never listening: the kernel gives the port to nobody who asks for any port, and
/// lets whoever asks for this one listen if both allow the address to be shared (`SO_REUSEADDR`),
/// as nearly every server does to be able to restart at all.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    _held: OwnedFd,
}

impl Port {
    pub(super) fn reserve() -> io::Result<Self> {
        let held =
            socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        set_socket_reuseaddr(&held, true)?;
        bind(&held, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = SocketAddr::try_from(getsockname(&held)?)?;
        Ok(Self { number: address.port(), _held: held })
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_is_told_the_port_may_listen_again_and_again() {
        let port = Port::reserve().unwrap();
        for host in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST] {
            TcpListener::bind((host, port.number())).unwrap();
        }
        let others: Vec<_> = (0..200).map(|_| Port::reserve().unwrap()).collect();
        assert!(others.iter().all(|other| other.number() != port.number()));
    }
}
