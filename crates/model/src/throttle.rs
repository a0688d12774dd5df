//! A declared rate limit.

use crate::Rate;

/// At most `burst` requests at once and `rate` over time, counted separately for each key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Throttle {
    /// Names the policy in `RateLimit-Policy`; unique within its API.
    pub policy: String,
    /// The dimensions whose values together form the key, at least one.
    pub by: Vec<ThrottleKey>,
    pub rate: Rate,
    /// At least 1.
    pub burst: u32,
}

/// What tells one caller from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThrottleKey {
    /// The client's address; an IPv6 client is counted by its /64.
    Ip,
    /// The value of this header, lower case; absent counts as its own key.
    Header(String),
    /// The route that matched.
    Route,
    /// The value of this path parameter.
    PathParameter(String),
    /// Every request shares one key.
    Api,
}
