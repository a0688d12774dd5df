//! One connection, from accept to its end.

pub(crate) mod door;
pub(crate) mod pulse;
pub(crate) mod registration;
pub(crate) mod serve;
pub(crate) mod sweep;
