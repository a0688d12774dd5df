//! How Tidegate keeps what it keeps: one module for each engine, each fulfilling contracts of
//! others. Only `server` sees this crate.

pub mod redis;
pub mod sqlite;
