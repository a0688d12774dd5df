//! HTTP on the wire: strict, timed, drained connections.
//!
//! hyper speaks the protocols; this crate decides which bytes reach it, how long a peer may take,
//! and how a connection ends. It knows no routes: whoever implements [`Answer`] does.

pub mod acceptor;
pub mod admission;
pub mod answer;
pub mod body;
mod connection;
pub mod connection_limits;
pub mod counters;
pub mod drain;
pub mod gather;
pub mod guard;
pub mod listen;
pub mod peer;
pub mod tls;

pub use acceptor::Acceptor;
pub use admission::Admission;
pub use answer::Answer;
pub use body::{Body, BodyError};
pub use connection_limits::ConnectionLimits;
pub use counters::{Count, Counters, Timeout, TurnedAway};
pub use drain::{Drain, DrainHandle, Drained};
pub use guard::Refusal;
pub use listen::bind;
pub use peer::{Peer, Scheme};
pub use tls::{Tls, TlsProblem};
