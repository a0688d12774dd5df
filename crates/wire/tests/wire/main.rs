//! Real sockets against a real acceptor.

mod answers;
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
