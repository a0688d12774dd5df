//! How asynchronous invocations of a function are retried, and where their results go.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>

use std::time::Duration;

use crate::{Arn, FunctionName, Qualifier};

/// Of one version or alias.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventInvokeConfig {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    /// 0 to 2; 2 where it was not set.
    pub retries: Option<u8>,
    /// One minute to six hours; six where it was not set.
    pub most_age: Option<Duration>,
    pub on_success: Option<Arn>,
    pub on_failure: Option<Arn>,
}

impl EventInvokeConfig {
    pub const MOST_RETRIES: u8 = 2;
    pub const LEAST_AGE: Duration = Duration::from_mins(1);
    pub const MOST_AGE: Duration = Duration::from_hours(6);

    /// As if nobody had set anything.
    pub fn new(function: FunctionName, qualifier: Qualifier) -> Self {
        Self {
            function,
            qualifier,
            retries: None,
            most_age: None,
            on_success: None,
            on_failure: None,
        }
    }

    /// How often a function that failed is run again.
    pub fn retries(&self) -> u32 {
        u32::from(self.retries.unwrap_or(Self::MOST_RETRIES))
    }

    /// How old an event may become before it is given up.
    pub fn most_age(&self) -> Duration {
        self.most_age.unwrap_or(Self::MOST_AGE)
    }
}
