//! Requests over real connections: from the bytes a client sends to the bytes it gets.

mod cors;
mod functions;
mod harness;
mod routing;
mod telemetry;
mod throttles;
mod upstreams;
