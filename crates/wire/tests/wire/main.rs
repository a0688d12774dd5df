//! Real sockets against a real acceptor.

mod bodies;
mod caps;
mod cases;
mod drain;
mod framing;
mod http2;
mod server;
mod timing;
mod tls;
mod upgrade;
