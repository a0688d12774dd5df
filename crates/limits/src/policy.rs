//! A declared limit, compiled to the numbers that decisions are made with.

mod identity;

use std::sync::Arc;

pub(crate) use identity::Identity;
use model::{FailurePolicy, Mode, Rule, RuleProblem};

use crate::count::Count;
use crate::gcra::Bucket;
use crate::headers::{self, StandingItem};

/// A rule under a name. Clones are cheap.
///
/// Its identity is what it says: a policy compiled again from the same scope, name and rule counts on
/// where the former left off, whereas a changed one starts anew. A window or quota of the same length
/// counts on though its limit changed. Pauses are carried over: see [`crate::Limits::carry_pauses`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    identity: Identity,
    pub(crate) kind: Kind,
    limit: u64,
    mode: Mode,
    /// Tells limit and mode from others, in one word.
    terms: u64,
    on_failure: FailurePolicy,
    text: Arc<Text>,
}

/// What is needed where a name is written, which is not where decisions are made.
#[derive(Debug, PartialEq, Eq)]
struct Text {
    scope: String,
    name: String,
    rule: Rule,
    /// Its item of `RateLimit-Policy`.
    item: String,
    /// A permit's interval in microseconds, of a rate.
    interval: (u64, u64),
    standing: StandingItem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Rate(Bucket),
    Count(Count),
}

/// Why a limit cannot be enforced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    #[error("policy name `{0}` cannot be sent in a header; use printable ASCII")]
    Name(String),
    #[error(transparent)]
    Rule(#[from] RuleProblem),
}

impl Policy {
    /// `scope` tells policies of the same name apart, as an API's name does.
    pub fn new(scope: &str, name: &str, rule: Rule) -> Result<Self, PolicyProblem> {
        if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(PolicyProblem::Name(name.to_owned()));
        }
        rule.check()?;
        let (kind, limit) = (Kind::of(&rule), rule.limit());
        let mut quoted = String::new();
        headers::quote(&mut quoted, name);
        let item = headers::policy_item(&quoted, &rule);
        let identity = Identity::of(scope, name, &rule);
        let (scope, name) = (scope.to_owned(), name.to_owned());
        let standing = StandingItem::new(&quoted);
        let interval = interval(&rule);
        let text = Arc::new(Text { scope, name, rule, interval, item, standing });
        Ok(Self {
            identity,
            kind,
            limit,
            mode: Mode::default(),
            terms: identity::of_terms(limit, Mode::default()),
            on_failure: FailurePolicy::default(),
            text,
        })
    }

    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, terms: identity::of_terms(self.limit, mode), ..self }
    }

    #[must_use]
    pub fn with_failure_policy(self, on_failure: FailurePolicy) -> Self {
        Self { on_failure, ..self }
    }

    pub fn scope(&self) -> &str {
        &self.text.scope
    }

    pub fn name(&self) -> &str {
        &self.text.name
    }

    pub fn rule(&self) -> &Rule {
        &self.text.rule
    }

    /// The most that can be taken at once, by a key that has taken nothing.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    #[inline]
    pub(crate) fn terms(&self) -> u64 {
        self.terms
    }

    pub fn on_failure(&self) -> FailurePolicy {
        self.on_failure
    }

    /// Of a rate: a permit's interval in microseconds, as a fraction in lowest terms.
    pub fn interval(&self) -> (u64, u64) {
        self.text.interval
    }

    /// Stable over reloads and equal on every node.
    pub fn identity(&self) -> u64 {
        self.identity.whole()
    }

    pub(crate) fn parts(&self) -> Identity {
        self.identity
    }

    pub(crate) fn item(&self) -> &str {
        &self.text.item
    }

    pub(crate) fn standing(&self) -> &StandingItem {
        &self.text.standing
    }

    /// Whether it counts concurrency.
    pub fn counts_slots(&self) -> bool {
        matches!(&self.kind, Kind::Count(count) if count.is_held())
    }
}

fn interval(rule: &Rule) -> (u64, u64) {
    let Rule::Rate { rate, .. } = rule else { return (0, 1) };
    let nanos = u64::try_from(rate.per.as_nanos()).unwrap_or(u64::MAX);
    let parts = u64::from(rate.permits) * 1000;
    let common = common_divisor(nanos, parts);
    (nanos / common, parts / common)
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}

impl Kind {
    fn of(rule: &Rule) -> Self {
        match *rule {
            Rule::Rate { rate, burst } => Self::Rate(Bucket::new(rate, burst)),
            Rule::FixedWindow { limit, per } => Self::Count(Count::fixed(limit, per)),
            Rule::SlidingWindow { limit, per } => Self::Count(Count::sliding(limit, per)),
            Rule::Quota { limit, period, ref zone } => {
                Self::Count(Count::quota(limit, period, zone))
            }
            Rule::Concurrency { slots } => Self::Count(Count::held(slots)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Rate;

    use super::*;

    fn rate(permits: u32, burst: u32) -> Rule {
        Rule::Rate { rate: Rate { permits, per: Duration::from_secs(1) }, burst }
    }

    #[test]
    fn impossible_policies_are_named() {
        let problem =
            |name, rule| Policy::new("public", name, rule).expect_err("a problem").to_string();
        assert_eq!(
            problem("größe", rate(1, 1)),
            "policy name `größe` cannot be sent in a header; use printable ASCII"
        );
        assert_eq!(problem("p", rate(0, 1)), "rate 0/s admits nothing; give at least 1");
    }
}
