//! Limits as they are written: throttles, and limits of every kind.

use model::{MOST_DECLARED, MOST_WATCHED, WhenMissing};

use super::quota::{MinShare, Percent, Quota, ZoneName};
use super::selector::Selectors;
use super::text::PolicyName;
use super::{HeaderName, StackName};
use crate::shape::{Millis, OneOrMany, Permits, Spanned, Whole, choice, record};

/// Permits that one request may take.
pub(crate) const MOST_COST: u64 = 1_000_000;
/// Requests that a quota or a window may count to.
pub(crate) const MOST_COUNTED: u64 = 1_000_000_000_000;
/// Requests that may be under way for one key.
pub(crate) const MOST_SLOTS: u64 = 1_000_000;

record! {
    /// A rate limit.
    Throttle is "a throttle" {
        /// What tells one caller from another. `ip`, `route`, `api`, `api-key`, `header:NAME`,
        /// `query:NAME`, `path:PARAMETER` or `context:NAME`, or several together.
        required by: Selectors;
        /// What becomes of a request that lacks what it is counted by. Needed where that can be.
        optional when_missing: Spanned<WhenMissing>;
        /// How many requests over time: `20/min`.
        required rate: Spanned<Permits>;
        /// How many requests at once; as many as the rate has when not given.
        optional burst: Spanned<Whole<1, { u32::MAX as u64 }>>;
        /// Its name in the `RateLimit-Policy` header; unique within the API.
        optional name: Spanned<PolicyName>;
    }
}

/// Those of an API or of a route; [`MOST_DECLARED`] bounds limits and throttles of both together.
pub(crate) type Throttles = OneOrMany<Throttle, MOST_DECLARED>;

record! {
    /// A limit of any kind. It has one of `rate`, `quota`, `window` and `concurrency`.
    Limit is "a limit" {
        /// What tells one caller from another. `ip`, `route`, `api`, `api-key`, `header:NAME`,
        /// `query:NAME`, `path:PARAMETER` or `context:NAME`, or several together.
        required by: Selectors;
        /// What becomes of a request that lacks what it is counted by. Needed where that can be.
        optional when_missing: Spanned<WhenMissing>;
        /// Its name in the `RateLimit-Policy` header; unique within the API.
        optional name: Spanned<PolicyName>;
        /// Requests over time, evenly: `20/min`.
        optional rate: Spanned<Permits>;
        /// With `rate`: how many at once; as many as the rate has when not given.
        optional burst: Spanned<Whole<1, { u32::MAX as u64 }>>;
        /// Requests in each day, week or month, or in any span of a length: `1000/day`, `1000/24h`.
        optional quota: Spanned<Quota>;
        /// With `quota` by day, week or month: the time zone whose midnight ends them. UTC when
        /// not given.
        optional zone: Spanned<ZoneName>;
        /// Requests in each stretch of time, counted from fixed points or over the last such
        /// stretch.
        optional window: Window;
        /// Requests under way at once.
        optional concurrency: Spanned<Whole<1, MOST_SLOTS>>;
        /// What a request takes of it.
        optional cost: Cost;
        /// What it does to a request that it denies.
        defaulted action: Spanned<Act> = "enforce";
        /// Refuse only for this share of the keys, always the same ones, and count for the others.
        optional enforce: Spanned<Percent>;
        /// How servers that share a store keep to it; `auto` when not given.
        optional mode: Spanned<ModeName>;
        /// With `mode: leased`: how long permits that were taken ahead may be used; 50ms when not
        /// given. At most the permits of this time are too many.
        optional lease: Spanned<Millis<10, 10_000>>;
        /// What it does while the store does not answer; `share` when not given.
        optional on_store_failure: Spanned<FailureName>;
        /// With `on_store_failure: stale`: for how long what was known holds; 1m when not given.
        optional stale_for: Spanned<Millis<1_000, 86_400_000>>;
    }
}

/// Those of an API or of a route.
pub(crate) type Limits = OneOrMany<Limit, { MOST_DECLARED + MOST_WATCHED }>;

/// Limits that are tried out.
pub(crate) type Candidates = OneOrMany<Limit, MOST_WATCHED>;

record! {
    /// Requests in each stretch of time.
    Window is "a window" {
        /// How many requests.
        required limit: Spanned<Whole<1, MOST_COUNTED>>;
        /// How long a stretch is.
        required per: Millis<1_000, 31_622_400_000>;
        /// How stretches follow each other.
        defaulted window_kind: WindowKind = "sliding";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowKind {
    Fixed,
    Sliding,
}

record! {
    /// What a request takes of a limit.
    Cost is "a cost" or just "fixed" {
        /// The same for each request.
        optional fixed: Spanned<Whole<1, MOST_COST>>;
        /// The header of the answer that says it. The header is not passed on to clients.
        optional response_header: Spanned<HeaderName>;
        /// With `response_header`: what is taken before the answer is there.
        optional reserve: Spanned<Whole<1, MOST_COST>>;
    }
}

/// What a limit does to a request that it denies, as far as the key `action` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Off,
    Shadow,
    Enforce,
}

choice!(Act: "an action" {
    /// Nothing: the limit is not asked.
    "off" => Act::Off,
    /// Count it, and let it pass.
    "shadow" => Act::Shadow,
    /// Refuse it.
    "enforce" => Act::Enforce,
});

choice!(WindowKind: "a kind of window" {
    /// One ends where the next begins.
    "fixed" => WindowKind::Fixed,
    /// The last stretch before each request, estimated from two fixed ones.
    "sliding" => WindowKind::Sliding,
});

choice!(WhenMissing: "what can become of a request" {
    /// All requests that lack it count as one caller.
    "share" => WhenMissing::Share,
    /// It is refused.
    "refuse" => WhenMissing::Refuse,
    /// The limit does not apply to it.
    "skip" => WhenMissing::Skip,
});

/// A mode without its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModeName {
    Auto,
    Exact,
    Leased,
}

choice!(ModeName: "a mode" {
    /// Exact while that is cheap, leased once a key is asked for often.
    "auto" => ModeName::Auto,
    /// The store decides on each request.
    "exact" => ModeName::Exact,
    /// Servers take permits ahead, a few at a time: of a rate, a fixed window or a quota by day, week or
    /// month.
    "leased" => ModeName::Leased,
});

/// A failure policy without its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureName {
    Share,
    Open,
    Closed,
    Stale,
}

choice!(FailureName: "what a limit can do without its store" {
    /// Each server goes on with its share of the limit.
    "share" => FailureName::Share,
    /// Let everything pass.
    "open" => FailureName::Open,
    /// Let nothing pass.
    "closed" => FailureName::Closed,
    /// What was known last holds for a while, then nothing passes.
    "stale" => FailureName::Stale,
});

record! {
    /// Where limits are counted, so that several servers share them.
    LimitsStore is "a store of limits" or just "url" {
        /// `redis://host:port`, or `rediss://` with TLS; several nodes of a cluster are separated
        /// by commas. `${cache:name.url}` is a cache of the stack. Empty counts in the server's memory.
        required url: Spanned<String>;
        /// How long a request waits for the store before `on_store_failure` answers; 20ms when not
        /// given.
        optional timeout: Spanned<Millis<1, 10_000>>;
        /// The part of each limit with `on_store_failure: share` that a server admits while it does not
        /// know how many servers share the store, as when it starts while the store is down: `25%` for
        /// four servers. It is that of a whole number of servers: 75% is that of two, 50%. Nothing when not
        /// given.
        optional min_share: Spanned<MinShare>;
        /// Whose limits these are: servers share those of equal APIs and names in one namespace, and
        /// stacks that must not share them have different ones. `default` when not given.
        optional namespace: Spanned<StackName>;
    }
}
