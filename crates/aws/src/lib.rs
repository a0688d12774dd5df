//! Speaks AWS: protocols, one file per API action.

mod action;
mod error;
mod front_door;
mod lambda;

pub use front_door::{Catalogue, FrontDoor};
