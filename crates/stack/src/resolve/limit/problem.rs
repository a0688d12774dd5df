//! Where a rule that cannot be counted is reported.

use model::limit::RuleProblem;
use model::throttle::ThrottleProblem;
use model::units::span_text;

use crate::problem::{Code, Problem};
use crate::source::Span;

/// Places a rule's problem at what has to change.
pub(in crate::resolve) fn unenforceable(problem: &RuleProblem, rule: Span, burst: Span) -> Problem {
    let (message, span, help) = match problem {
        RuleProblem::Throttle(problem) => return of_throttle(problem, rule, burst),
        RuleProblem::Nothing => {
            ("a limit of 0 permits nothing".to_owned(), rule, "permit at least 1".to_owned())
        }
        RuleProblem::Much { limit, most } => (
            format!("{limit} is more than can be counted"),
            rule,
            format!("give at most {most}, or count by `day`, `week` or `month`"),
        ),
        RuleProblem::Period { period } | RuleProblem::Uneven(period) => (
            format!("a period of {} cannot be counted", span_text(*period)),
            rule,
            "give one from 1s to 366d".to_owned(),
        ),
    };
    Problem::new(Code::Range, message).at(span, "").help(help)
}

fn of_throttle(problem: &ThrottleProblem, rate: Span, burst: Span) -> Problem {
    let (message, span, help) = match problem {
        ThrottleProblem::Rate(given) => {
            (format!("the rate `{given}` permits nothing"), rate, "permit at least 1".to_owned())
        }
        ThrottleProblem::Burst => {
            ("a burst of 0 permits nothing".to_owned(), burst, "permit at least 1".to_owned())
        }
        ThrottleProblem::Fast(given) => (
            format!("the rate `{given}` is faster than can be counted"),
            rate,
            "give at most `1000000000/s`, or leave the limit out".to_owned(),
        ),
        ThrottleProblem::Slow { rate: given, burst: size, most } => (
            format!("at `{given}`, a burst of {size} takes over a year to be whole again"),
            burst,
            format!("give a burst of at most {most}, or a faster rate"),
        ),
    };
    Problem::new(Code::Range, message).at(span, "").help(help)
}
