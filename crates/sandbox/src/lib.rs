//! Starts processes in isolation.
