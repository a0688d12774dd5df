//! Throttles and quotas as API Gateway has them: requests a second with a burst, and requests in a period.

use crate::problem::{Code, Problem, Told};
use crate::shape::whole_rate;
use crate::source::Span;
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// How many requests a second, and how many at once, as far as somebody says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle {
    pub(crate) rate: Option<Node>,
    pub(crate) burst: Option<Node>,
}

impl Throttle {
    pub(crate) fn is_empty(&self) -> bool {
        self.rate.is_none() && self.burst.is_none()
    }

    /// What it does not say is the other's.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            rate: self.rate.clone().or_else(|| other.rate.clone()),
            burst: self.burst.clone().or_else(|| other.burst.clone()),
        }
    }

    /// Where it says 0, with which API Gateway refuses every request.
    pub(crate) fn zero(&self) -> Option<Span> {
        let is_zero = |node: &&Node| {
            node.as_text().and_then(|text| text.parse().ok()).is_some_and(|it: f64| it == 0.0)
        };
        self.rate.iter().chain(&self.burst).find(is_zero).map(|node| node.span)
    }

    /// `rate` and `burst` of the manifest. `name` is what the rate is called where it is written, `help` what to do
    /// about one that is missing beside a burst, which is reported.
    pub(crate) fn entries(&self, name: &str, told: &mut Told) -> Vec<Entry> {
        let Some(rate) = &self.rate else {
            if let Some(burst) = &self.burst {
                let message = format!("a burst needs a rate: `{name}` is missing");
                let help = format!(
                    "write `{name}` beside it, such as the account's on AWS, which is 10000 unless it was changed; or \
                     remove it, or leave it out with `--allow-unsupported`"
                );
                told.unsupported_but(message, burst.span, &help);
            }
            return Vec::new();
        };
        let mut entries = vec![Entry::new("rate", rate.span, with(rate, per_second))];
        let burst = self.burst.iter();
        entries.extend(burst.map(|it| Entry::new("burst", it.span, with(it, str::to_owned))));
        entries
    }

    /// As [`Self::entries`], of a usage plan, which cannot be closed with 0 here.
    pub(crate) fn of_plan(&self, name: &str, told: &mut Told) -> Vec<Entry> {
        let Some(span) = self.zero() else { return self.entries(name, told) };
        let message = "a usage plan with 0 lets no request of its keys in";
        let problem = Problem::new(Code::Range, message).at(span, "");
        let help = format!(
            "give more than 0, such as `{name}: 0.01`; to shut its keys out, disable them or take the API out of the plan"
        );
        told.problems.push(problem.help(help));
        Vec::new()
    }
}

/// `1000/month`. A period that begins with less than the whole is refused; `name` is what that is called where it
/// is written.
pub(crate) fn quota(
    [limit, period, offset]: [Option<&Node>; 3],
    name: &str,
    told: &mut Told,
) -> Option<Node> {
    if let Some(offset) = offset
        && !offset.is_unresolved()
        && offset.as_text() != Some("0")
    {
        let message = format!("a quota begins with all of its requests: `{name}` is not supported");
        let help =
            format!("write `{name}: 0` or remove it, or leave it out with `--allow-unsupported`");
        told.unsupported_but(message, offset.span, &help);
    }
    if period.is_some_and(Node::is_unresolved) {
        return None;
    }
    let period = period.and_then(Node::as_text).unwrap_or_default().to_ascii_lowercase();
    limit.map(|limit| with(limit, |text| format!("{text}/{period}")))
}

/// `0.5` requests a second are 30 a minute.
fn per_second(rate: &str) -> String {
    let written = format!("{rate}/s");
    whole_rate(&written).unwrap_or(written)
}

/// A scalar in the manifest's words. What is none is reported by who reads the manifest.
fn with(node: &Node, words: impl FnOnce(&str) -> String) -> Node {
    match &node.value {
        Value::Scalar(scalar) if scalar.style != Style::Unresolved => {
            let written = scalar.written.clone();
            let scalar = Scalar { text: words(&scalar.text), style: Style::Plain, written };
            Node { span: node.span, value: Value::Scalar(scalar) }
        }
        _ => node.clone(),
    }
}
