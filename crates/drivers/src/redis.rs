//! Limits in Redis or Valkey: every node asks the same store, and the store's clock decides.
//!
//! One script, `decide.lua`, applies what a request asks of all its limits in one call. It is sent by its hash and again in full when the store does not know it. A function
//! library would do the same on Redis 7 and up only, would need the right to change the store's
//! libraries, and two versions of this program at one store would replace each other's.
//!
//! On a Cluster, keys of one request lie on several nodes as a rule, and no call reaches two of them.
//! The parts of a request are then decided at once, each all or none, and what was debited is given
//! back when another part denies, so that no more is admitted than the limits say. What is not promised:
//! between debit and credit another request can be denied for want of permits that come back, and a
//! node that dies in between loses them. The client makes a call again whose connection breaks, since keys
//! move between nodes; if the node had heard it, debits are made twice, and so are credits and hand-backs,
//! which then admit as many more, once.

mod ask;
mod away;
mod band;
mod breaker;
mod decide;
mod in_parts;
mod lane;
mod ledger;
mod limits_of;
mod link;
mod naming;
mod nodes;
mod options;
mod outage;
mod problem;
mod recent;
mod renewal;
mod reply;
mod request;
mod shared;
mod slots;
mod start;

pub use away::Away;
pub use options::{Options, Time};
pub use problem::Problem;
pub use shared::Health;
pub use start::{Examined, Redis, connect, examine};
