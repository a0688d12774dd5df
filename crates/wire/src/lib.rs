//! HTTP on the wire: strict, timed, drained connections.
//!
//! HTTP/1 is spoken here, strictly and with one look at each head; HTTP/2 is hyper's. This crate
//! decides what is a request, how long a peer may take, and how a connection ends. It knows no routes:
//! whoever implements [`Answer`] does.

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
mod http1;
pub mod listen;
mod local_name;
pub mod outgoing;
pub mod peer;
mod socket;
pub mod tls;
mod watched;

pub use acceptor::Acceptor;
pub use admission::Admission;
pub use answer::Answer;
pub use body::{Body, BodyError};
pub use connection_limits::ConnectionLimits;
pub use counters::{Count, Counters, Timeout, TurnedAway};
pub use drain::{Drain, DrainHandle, Drained};
pub use guard::Refusal;
pub use http1::Upgrade;
pub use listen::{bind, bind_shared};
pub use local_name::is_local_name;
pub use peer::{Peer, Scheme};
pub use tls::{Tls, TlsProblem};
pub use watched::Upgraded;
