//! Schedules and rules against an in-memory store and a clock that tests move.

mod clocks;
mod ground;
mod rules;
mod schedules;
