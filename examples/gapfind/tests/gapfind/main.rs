//! The functions and their stores, from the outside.

mod golden;
mod redis_server;
mod requests;
mod stores;
