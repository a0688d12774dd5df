//! Lambda's control and invocation API.

pub(crate) mod function_name;
pub(crate) mod invoke;
