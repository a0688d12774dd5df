//! The HTTP servers behind the gateway.
//!
//! [`Fleet`] is what all workers share: the definitions and the health of every address.
//! [`Upstreams`] is one worker's own: connections, names looked up, tunnels. A connection is driven
//! by the task of the request that uses it, so a proxied request wakes one task, not two.

mod alarm;
mod balance;
mod check;
mod crew;
mod download;
mod error;
mod exchange;
mod fleet;
mod forwarded;
mod gate;
mod health;
mod hop;
mod lane;
mod outbound;
mod pool;
mod resolve;
#[cfg(test)]
mod tests;
mod traffic;
mod tunnel;
mod upload;
mod upstreams;

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing {
    pub(crate) use super::lane::answers::Protocol;
    pub(crate) use super::lane::answers::trial::Trial;
}

pub use check::is_well;
pub use error::{Fault, UpstreamError, UpstreamErrorKind};
pub use fleet::{Fleet, UpstreamId};
pub use forwarded::Forwarding;
pub(crate) use gate::{Busy, Gate, Gauge, Slot};
pub use outbound::{Added, Outbound};
pub use traffic::Traffic;
pub use upstreams::Upstreams;
