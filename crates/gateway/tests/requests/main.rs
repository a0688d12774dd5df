//! Requests over real connections: from the bytes a client sends to the bytes it gets.

mod cors;
mod functions;
mod handovers;
mod harness;
mod limits;
mod overload;
mod routing;
mod sequences;
mod telemetry;
mod throttles;
mod upstreams;
