//! Runs functions: invocations, execution environments, the Runtime API.
