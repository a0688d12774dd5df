//! Starts functions without a request: by the clock, by events that match a rule, by messages in a
//! queue.

pub mod bus;
mod clockwork;
mod delivery;
mod event_source_mapping;
mod ids;
mod install;
mod metrics;
mod schedule;
mod triggers;

#[cfg(test)]
mod tests;

pub use delivery::input::{TemplateProblem, check_template};
pub use delivery::json_path::is_json_path;
pub use event_source_mapping::{EventSources, SourcePorts, queue_event};
pub use schedule::{Kind, Upcoming, scheduled_event, upcoming};
pub use triggers::{Completed, Ended, Ports, Removing, TriggerError, Triggers};
