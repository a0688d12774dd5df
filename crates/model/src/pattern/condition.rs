//! What a pattern can ask of one value.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::cidr::Network;
use super::wildcard::Wildcard;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// Null, a truth value or a string.
    Is(Value),
    IsNumber(Number),
    Prefix(String),
    Suffix(String),
    /// Lower case, as the next two.
    EqualsIgnoreCase(String),
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    Wildcard(Wildcard),
    Numeric(Range),
    Cidr(Network),
    Present,
    /// Decided over the whole event.
    Absent,
    /// None of these is met.
    AnythingBut(Vec<Condition>),
}

/// Bounds are a number and whether it is part of the range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) from: Option<(f64, Ends)>,
    pub(super) to: Option<(f64, Ends)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Included,
    Excluded,
}

impl Condition {
    /// Of a value that is there and is no array or object.
    pub(super) fn is_met(&self, value: &Value) -> bool {
        match self {
            Self::Is(wanted) => wanted == value,
            Self::IsNumber(wanted) => number(value).is_some_and(|number| are_equal(wanted, number)),
            Self::Numeric(range) => {
                number(value).and_then(Number::as_f64).is_some_and(|number| range.holds(number))
            }
            Self::Present => true,
            Self::Absent => false,
            Self::AnythingBut(not) => !not.iter().any(|condition| condition.is_met(value)),
            text => value.as_str().is_some_and(|value| text.is_met_by_text(value)),
        }
    }

    fn is_met_by_text(&self, value: &str) -> bool {
        match self {
            Self::Prefix(prefix) => value.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => value.ends_with(suffix.as_str()),
            Self::EqualsIgnoreCase(wanted) => value.to_lowercase() == *wanted,
            Self::PrefixIgnoreCase(prefix) => value.to_lowercase().starts_with(prefix.as_str()),
            Self::SuffixIgnoreCase(suffix) => value.to_lowercase().ends_with(suffix.as_str()),
            Self::Wildcard(wildcard) => wildcard.matches(value),
            Self::Cidr(network) => value.parse().is_ok_and(|address| network.contains(address)),
            _ => false,
        }
    }
}

impl Range {
    fn holds(&self, number: f64) -> bool {
        let is_above = self.from.is_none_or(|(bound, ends)| match number.partial_cmp(&bound) {
            Some(Ordering::Equal) => ends == Ends::Included,
            order => order == Some(Ordering::Greater),
        });
        let is_below = self.to.is_none_or(|(bound, ends)| match number.partial_cmp(&bound) {
            Some(Ordering::Equal) => ends == Ends::Included,
            order => order == Some(Ordering::Less),
        });
        is_above && is_below
    }
}

fn number(value: &Value) -> Option<&Number> {
    match value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// Whole numbers are compared to the last digit; `300` and `3.0e2` are one number.
fn are_equal(a: &Number, b: &Number) -> bool {
    match (a.as_i64(), b.as_i64(), a.as_u64(), b.as_u64()) {
        (Some(a), Some(b), _, _) => a == b,
        (_, _, Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}
