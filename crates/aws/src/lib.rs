//! Speaks AWS: protocols, one file per API action.

mod action;
pub mod control;
mod error;
mod front_door;
mod lambda;

pub use control::Control;
pub use front_door::{Catalogue, FrontDoor};
