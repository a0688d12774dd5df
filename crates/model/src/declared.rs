//! A limit as a stack declares it: what is counted, for whom, and what happens then.

use std::fmt;

use crate::limit::{FailurePolicy, Mode, Rule};

/// The most limits of a stack that apply to one request, its API's and its route's together.
pub const MOST_DECLARED: usize = 6;

/// The most limits that are watched on one request without ever refusing it.
pub const MOST_WATCHED: usize = 10;

/// So much and no more, counted separately for each key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Limit {
    /// Names the policy in `RateLimit-Policy`; unique within its API.
    pub policy: String,
    /// What together form the key, at least one.
    pub by: Vec<Selector>,
    pub when_missing: WhenMissing,
    pub rule: Rule,
    pub cost: Cost,
    pub action: Action,
    pub mode: Mode,
    pub on_store_failure: FailurePolicy,
}

/// What tells one caller from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selector {
    /// The client's address; an IPv6 client is counted by its /64.
    Ip,
    /// The value of this header, lower case.
    Header(String),
    /// The decoded value of this query parameter, the first where there are several.
    Query(String),
    /// The decoded value of this path parameter.
    PathParameter(String),
    /// The API key that the request was admitted with.
    ApiKey,
    /// What an authorizer said about the caller under this name.
    Context(String),
    /// The route that matched.
    Route,
    /// Every request shares one key.
    Api,
}

impl Selector {
    /// Whether every request to every route has it.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Ip | Self::Route | Self::Api)
    }
}

/// As a manifest has it: `header:x-team`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip => f.write_str("ip"),
            Self::Route => f.write_str("route"),
            Self::Api => f.write_str("api"),
            Self::ApiKey => f.write_str("api-key"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::PathParameter(name) => write!(f, "path:{name}"),
            Self::Context(name) => write!(f, "context:{name}"),
        }
    }
}

/// What becomes of a request that lacks what it is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenMissing {
    /// All that lack it count as one.
    #[default]
    Share,
    /// It is refused.
    Refuse,
    /// This limit does not apply to it.
    Skip,
}

/// How much of a limit a request takes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    Fixed(u32),
    /// `reserve` at first; what the answer's header says in the end.
    Settled {
        /// Lower case.
        response_header: String,
        reserve: u32,
    },
}

impl Default for Cost {
    fn default() -> Self {
        Self::Fixed(1)
    }
}

/// What a limit does to a request that it denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not even asked.
    Off,
    /// Counts who would have been refused, and refuses nobody.
    Shadow,
    /// Refuses; below 100, only this share of keys, always the same ones, and the others are
    /// counted as in a shadow.
    Enforce { percent: u8 },
    /// As a shadow, but on every request, also those that another limit refuses: what would be if
    /// this was the only limit.
    WhatIf,
}

impl Action {
    pub const ENFORCE: Self = Self::Enforce { percent: 100 };
}
