//! The two ends of a connection.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::HeaderValue;

/// Made once per connection and shared by its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub address: SocketAddr,
    pub local: SocketAddr,
    pub scheme: Scheme,
    /// Counts the connections of one acceptor, from 1.
    pub number: u64,
    text: HeaderValue,
}

impl Peer {
    pub fn new(address: SocketAddr, local: SocketAddr, scheme: Scheme, number: u64) -> Self {
        let text = HeaderValue::from_str(&address.ip().to_canonical().to_string());
        let text = text.unwrap_or_else(|_| HeaderValue::from_static("unknown"));
        Self { address, local, scheme, number, text }
    }

    /// The other end's address, as IPv4 where it is one.
    pub fn ip(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }

    /// The same, written out once for all requests of the connection.
    pub fn ip_text(&self) -> &HeaderValue {
        &self.text
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
