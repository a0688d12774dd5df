//! Ports for servers of tests, of any crate.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

/// A port that nobody listens on. It lies below those that the kernel gives to outgoing connections
/// (`ip_local_port_range`), or one of them could take it before the server does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 12_000).expect("it fits") + 12_000;
    let ports = std::iter::repeat_with(|| start + NEXT.fetch_add(1, Relaxed) % 8_000);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.take(8_000).find(is_free).expect("a free port")
}
