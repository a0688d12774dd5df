//! A port that a process may listen on and nobody else is given.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};

/// Held bound and never listening: the kernel gives the port to nobody who asks for any port, and
/// lets whoever asks for this one listen if both allow the address to be shared (`SO_REUSEADDR`),
/// as nearly every server does to be able to restart at all.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _held: OwnedFd,
}

impl Port {
    pub(crate) fn reserve() -> io::Result<Self> {
        Self::reserve_on(Ipv4Addr::LOCALHOST.into())
    }

    /// The same on another address of this machine.
    pub(crate) fn reserve_on(address: IpAddr) -> io::Result<Self> {
        let family = match address {
            IpAddr::V4(_) => AddressFamily::INET,
            IpAddr::V6(_) => AddressFamily::INET6,
        };
        let held = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        set_socket_reuseaddr(&held, true)?;
        bind(&held, &SocketAddr::from((address, 0)))?;
        let address = SocketAddr::try_from(getsockname(&held)?)?;
        Ok(Self { number: address.port(), _held: held })
    }

    pub(crate) fn number(&self) -> u16 {
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
