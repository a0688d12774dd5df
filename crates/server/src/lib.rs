//! Puts Tidegate together: options, the start, worker threads, reload, drain, the admin API.

mod access_keys;
mod access_log;
mod admin;
mod caches;
mod control;
mod counts;
mod drain;
mod event;
mod keys;
mod launcher;
mod limit_store;
mod listeners;
mod options;
mod platform;
mod process;
mod processes;
mod processors;
mod queues;
mod references;
mod reload;
mod resources;
mod restore;
mod run;
mod start;
mod state;
mod targets;
mod triggers;
mod trouble;
mod worker;

pub use event::{Event, Logged, Reporter, Sample};
pub use options::Options;
pub use restore::{Restored, restore};
pub use run::{Ended, run};
pub use start::StartError;
pub use state::{Addresses, running};
pub use trouble::Trouble;
