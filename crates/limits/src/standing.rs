//! Where one key stands under one policy.

use std::time::Duration;

use model::FailurePolicy;

/// Where one key stands under one policy, after the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Permits that can be taken at once.
    pub remaining: u64,
    more_in: u64,
    full_in: u64,
    retry_in: u64,
    overshoot: u32,
    verdict: Verdict,
    degraded: Option<Degraded>,
}

/// What one policy said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    #[default]
    Admitted,
    /// The limit does not leave what was asked for.
    Exhausted,
    /// The key is paused.
    Paused,
    /// There was no room to count a new key, and new keys are denied then.
    Crowded,
    /// The store did not answer, and the failure policy denies then.
    Unknown,
}

/// Which failure policy answered in place of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degraded {
    Share,
    Open,
    Closed,
    Stale,
}

impl From<FailurePolicy> for Degraded {
    fn from(policy: FailurePolicy) -> Self {
        match policy {
            FailurePolicy::Share => Self::Share,
            FailurePolicy::Open => Self::Open,
            FailurePolicy::Closed => Self::Closed,
            FailurePolicy::Stale(_) => Self::Stale,
        }
    }
}

impl Standing {
    pub fn admitted(remaining: u64) -> Self {
        Self { remaining, ..Self::default() }
    }

    /// `retry_in` is zero where nobody knows, as for a slot that others hold.
    pub fn denied(verdict: Verdict, remaining: u64, retry_in: Duration) -> Self {
        Self { remaining, verdict, retry_in: nanos(retry_in), ..Self::default() }
    }

    #[must_use]
    pub fn with_more_in(self, span: Duration) -> Self {
        Self { more_in: nanos(span), ..self }
    }

    #[must_use]
    pub fn with_full_in(self, span: Duration) -> Self {
        Self { full_in: nanos(span), ..self }
    }

    #[must_use]
    pub fn with_overshoot(self, permits: u32) -> Self {
        Self { overshoot: permits, ..self }
    }

    #[must_use]
    pub fn with_degraded(self, degraded: Degraded) -> Self {
        Self { degraded: Some(degraded), ..self }
    }

    /// All three spans in nanoseconds.
    pub(crate) fn of(
        verdict: Verdict,
        remaining: u64,
        [more_in, full_in, retry_in]: [u64; 3],
    ) -> Self {
        Self { remaining, more_in, full_in, retry_in, verdict, overshoot: 0, degraded: None }
    }

    /// Until one more permit is there; zero when all are, or when nobody knows.
    pub fn more_in(&self) -> Duration {
        Duration::from_nanos(self.more_in)
    }

    /// Until every permit is there.
    pub fn full_in(&self) -> Duration {
        Duration::from_nanos(self.full_in)
    }

    /// Until the same ask is admitted; zero unless this policy denied it, or when nobody knows.
    pub fn retry_in(&self) -> Duration {
        Duration::from_nanos(self.retry_in)
    }

    /// The longer of [`Standing::retry_in`] and [`Standing::more_in`].
    pub(crate) fn wait_nanos(&self) -> u64 {
        self.retry_in.max(self.more_in)
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    pub fn is_violated(&self) -> bool {
        self.verdict != Verdict::Admitted
    }

    /// Set when the store did not answer.
    pub fn degraded(&self) -> Option<Degraded> {
        self.degraded
    }

    /// Permits by which nodes that debit ahead may together exceed the limit over any span of time.
    pub fn overshoot_bound(&self) -> u32 {
        self.overshoot
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
