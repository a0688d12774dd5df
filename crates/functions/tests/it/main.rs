//! Functions with real processes: Python, Node, and programs that speak the Runtime API themselves.

mod api;
mod asynchronous;
mod clients;
mod inline;
mod isolation;
mod java;
mod java_bootstrap;
mod load;
mod logs;
mod node;
mod platform;
mod published;
mod python;
mod sandboxed;
mod syntax;
mod takeover;
mod versions;
