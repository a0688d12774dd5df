//! The two services of a small airline. [`users`] keeps who may fly and [`bookings`] who flies where,
//! both in memory; [`docs`] tells what they offer together. The gateway before them is declared in
//! `tidegate.yaml`.

pub mod bookings;
mod decode;
pub mod docs;
mod document;
mod field;
mod refusal;
pub mod serve;
pub mod users;

use refusal::Refusal;
