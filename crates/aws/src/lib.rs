//! Speaks AWS: protocols, one file per API action.
mod action;
mod authorize;
mod backing;
mod bodies;
mod browsers;
mod call;
mod constraint;
pub mod control;
mod dialect;
mod error;
mod events;
mod find;
mod front_door;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod lambda;
mod logs;
mod page;
mod protocol;
mod role;
mod scheduler;
mod seal;
mod service;
pub mod sigv4;
mod sns;
mod sqs;
mod ssm;
mod sts;
mod tag;
mod tally;

pub use backing::{Backing, Catalogue};
pub use control::Control;
pub use front_door::FrontDoor;
pub use seal::Seal;
pub use tally::Tally;
