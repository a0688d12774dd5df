//! Speaks AWS: protocols, one file per API action.

#![expect(dead_code, reason = "the first services that speak REST are being added")]

mod action;
mod authorize;
mod backing;
mod call;
pub mod control;
mod dialect;
mod error;
mod find;
mod front_door;
mod lambda;
mod page;
mod protocol;
mod service;
pub mod sigv4;
mod sqs;
mod sts;

pub use backing::{Backing, Catalogue};
pub use control::Control;
pub use front_door::FrontDoor;
