//! Speaks AWS: protocols, one file per API action.

#![expect(dead_code, reason = "the first services that speak JSON and REST are being added")]

mod action;
mod backing;
mod call;
pub mod control;
mod dialect;
mod error;
mod find;
mod front_door;
mod lambda;
mod protocol;
mod service;
mod sts;

pub use backing::{Backing, Catalogue};
pub use control::Control;
pub use front_door::FrontDoor;
