//! The one way in which a limit counts, and what a request takes of it.

use model::limit::{Period, Zone};
use model::{Cost, Rule};

use super::problem;
use crate::manifest::{self, ModeName, WindowKind};
use crate::problem::{Code, Problem};
use crate::resolve::Scope;
use crate::shape::{Placed, Spanned};

const KINDS: [&str; 4] = ["rate", "quota", "window", "concurrency"];

impl Scope<'_> {
    /// `None` once the problem has been reported.
    pub(super) fn rule(&mut self, written: &manifest::Limit) -> Option<Rule> {
        let kind = self.kind(written)?;
        if kind != "rate" {
            self.refuse_key(written, "burst", "it goes with `rate`");
        }
        let calendar = written.quota.as_ref().is_some_and(|quota| is_calendar(quota.value.period));
        if kind != "quota" || (written.quota.is_some() && !calendar) {
            self.refuse_key(written, "zone", "it goes with a `quota` by `day`, `week` or `month`");
        }
        let (rule, span) = match kind {
            "rate" => {
                let Spanned { value: rate, span } = written.rate.as_ref()?;
                let burst = written.burst.as_ref();
                let burst = burst.map_or(rate.0.permits, |burst| burst.value.as_u32());
                (Rule::Rate { rate: rate.0, burst }, *span)
            }
            "quota" => {
                let Spanned { value: quota, span } = written.quota.as_ref()?;
                let zone = written.zone.as_ref().map_or(Zone::UTC, |zone| zone.value.0.clone());
                (Rule::Quota { limit: quota.limit, period: quota.period, zone }, *span)
            }
            "window" => {
                let window = written.window.as_ref()?;
                let (limit, per) = (window.limit.value.0, window.per.0);
                let rule = match window.window_kind {
                    WindowKind::Fixed => Rule::FixedWindow { limit, per },
                    WindowKind::Sliding => Rule::SlidingWindow { limit, per },
                };
                (rule, window.limit.span)
            }
            _ => {
                let slots = written.concurrency.as_ref()?;
                (Rule::Concurrency { slots: slots.value.as_u32() }, slots.span)
            }
        };
        if let Err(problem) = rule.check() {
            let burst = written.burst.as_ref().map_or(span, |burst| burst.span);
            self.problems.push(problem::unenforceable(&problem, span, burst));
        }
        Some(rule)
    }

    /// Permits are taken ahead where it does not matter when, within a stretch, they are used.
    pub(super) fn check_lease(&mut self, written: &manifest::Limit, rule: &Rule) {
        let Some(mode) = written.mode.as_ref().filter(|mode| mode.value == ModeName::Leased) else {
            return;
        };
        if rule.is_leasable() {
            return;
        }
        let what = match rule {
            Rule::Concurrency { .. } => "a place among requests under way",
            Rule::Quota { .. } => "a permit of a rolling quota",
            _ => "a permit of a sliding window",
        };
        let problem = Problem::new(Code::Conflict, format!("{what} cannot be taken ahead"));
        let help = "leave `mode: leased` out: the store decides on each request";
        self.problems.push(problem.at(mode.span, "").help(help));
    }

    /// Which of the kinds is written, when it is one.
    fn kind(&mut self, written: &manifest::Limit) -> Option<&'static str> {
        let record = written.record();
        let mut found = KINDS.into_iter().filter_map(|kind| Some((kind, record.key(kind)?)));
        let Some((kind, first)) = found.next() else {
            let problem = Problem::new(Code::MissingKey, "a limit says what it counts")
                .at(record.span, "")
                .help("give it a `rate`, a `quota`, a `window` or a `concurrency`");
            self.problems.push(problem);
            return None;
        };
        for (other, span) in found {
            let message = format!("`{kind}` and `{other}` exclude each other");
            let problem = Problem::new(Code::Conflict, message)
                .at(span, "")
                .related(first, "given here")
                .help("make it a limit of its own: a request meets all of them at once");
            self.problems.push(problem);
        }
        Some(kind)
    }

    pub(super) fn cost(&mut self, written: &manifest::Limit, rule: &Rule) -> Cost {
        let Some(cost) = &written.cost else {
            return Cost::default();
        };
        let of_header = cost.response_header.as_ref();
        if let (Some(fixed), Some(header)) = (&cost.fixed, of_header) {
            let message = "`fixed` and `response_header` exclude each other";
            let problem = Problem::new(Code::Conflict, message).at(header.span, "");
            self.problems.push(problem.related(fixed.span, "given here").help("remove one"));
        }
        let Some(header) = of_header else {
            return self.fixed_cost(cost, rule);
        };
        if matches!(rule, Rule::Concurrency { .. }) {
            let message = "a place among requests under way has no cost that an answer could say";
            let problem = Problem::new(Code::Conflict, message).at(header.span, "");
            self.problems.push(problem.help("it is given back when the answer ends"));
        }
        let reserve = cost.reserve.as_ref();
        if let Some(reserve) = reserve {
            self.check_cost(reserve.value.0, reserve.span, rule);
        }
        let reserve = reserve.map_or(1, |reserve| reserve.value.as_u32());
        Cost::Settled { response_header: header.value.0.clone(), reserve }
    }

    fn fixed_cost(&mut self, cost: &manifest::Cost, rule: &Rule) -> Cost {
        if let Some(reserve) = &cost.reserve {
            let problem = Problem::new(Code::Conflict, "`reserve` means nothing here");
            let help = "it goes with `response_header`";
            self.problems.push(problem.at(reserve.span, "").help(help));
        }
        let Some(fixed) = &cost.fixed else {
            if cost.record().key("response_header").is_none()
                && cost.record().key("fixed").is_none()
            {
                let problem = Problem::new(Code::MissingKey, "a cost says how much");
                let help = "write a number, or a `response_header` that says it";
                self.problems.push(problem.at(cost.record().span, "").help(help));
            }
            return Cost::default();
        };
        self.check_cost(fixed.value.0, fixed.span, rule);
        Cost::Fixed(fixed.value.as_u32())
    }

    fn check_cost(&mut self, cost: u64, span: crate::source::Span, rule: &Rule) {
        let most = rule.limit();
        if cost > most {
            let message = format!("a cost of {cost} is never permitted: the limit is {most}");
            let problem = Problem::new(Code::Range, message).at(span, "");
            self.problems.push(problem.help("lower the cost, or raise the limit"));
        }
    }
}

fn is_calendar(period: Period) -> bool {
    !matches!(period, Period::Rolling(_))
}
