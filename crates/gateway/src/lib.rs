//! Answers HTTP: routes, limits, mapping, integrations. [`handle`] is the path of a request, top
//! to bottom; everything else is one of its phases.

pub mod access_log;
mod call;
mod candidates;
mod client;
mod cors;
mod dot_segment;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod gateway;
mod handle;
mod handover;
mod integration;
mod limit;
mod mapping;
mod metrics;
mod overload;
mod plan;
mod refusal;
mod report;
mod route;
pub mod sample;
mod sequence;
mod template;
pub mod upstream;
mod usage;
mod validation;
mod worker;

pub use gateway::{Dependencies, Gateway, InstallError, Serving};
pub use plan::url::FunctionUrls;
pub use report::{DeniedKey, LimitReport};
pub use usage::{AdjustError, PlanStanding, UsageFigure};
pub use worker::GatewayWorker;
