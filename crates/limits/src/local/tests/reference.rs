//! Every kind that counts, against a list of all that was ever admitted.

use model::limit::{ROLLING_SLICES, Window};
use model::{Period, Rule, Zone};

use super::*;

/// What a person with all the time of the world would count.
struct Reference {
    rule: Rule,
    admitted: Vec<(Timestamp, u64)>,
}

impl Reference {
    fn sum(&self, counts: impl Fn(Timestamp) -> bool) -> u64 {
        self.admitted.iter().filter(|(time, _)| counts(*time)).map(|(_, cost)| cost).sum()
    }

    fn used(&self, now: Timestamp) -> u64 {
        match &self.rule {
            Rule::Rate { .. } => unreachable!("rates have governor"),
            Rule::FixedWindow { per, .. } => {
                self.sum(|time| Window::of(*per, time) == Window::of(*per, now))
            }
            Rule::SlidingWindow { per, .. } => {
                let window = Window::of(*per, now);
                let length = window.end.0 - window.start.0;
                let this = self.sum(|time| window.contains(time));
                let before = self.sum(|time| Window::of(*per, time).end == window.start);
                this + (before * (window.end.0 - now.0)).div_ceil(length)
            }
            Rule::Quota { period: Period::Rolling(per), .. } => {
                let length = u64::try_from(per.as_millis()).expect("milliseconds");
                let slice = length.div_ceil(ROLLING_SLICES);
                let used = self.sum(|time| time.0 / slice + ROLLING_SLICES >= now.0 / slice);
                assert!(used >= self.sum(|time| time.0 + length > now.0), "never too few");
                used
            }
            Rule::Quota { period, zone, .. } => {
                self.sum(|time| period.window(zone, time) == period.window(zone, now))
            }
            Rule::Concurrency { .. } => self.sum(|_| true),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Take(u64),
    /// Gives back one that was admitted.
    Refund(usize),
    /// Corrects the cost of the latest.
    Settle(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![
        0..50_u64,
        0..2_000_u64,
        0..40_000_u64,
        0..90_000_000_u64,
        0..9_000_000_000_u64
    ];
    let step = prop_oneof![
        3 => wait.prop_map(Step::Wait),
        6 => (0..6_u64).prop_map(Step::Take),
        1 => any::<usize>().prop_map(Step::Refund),
        1 => (1..9_u64).prop_map(Step::Settle),
    ];
    proptest::collection::vec(step, 1..120)
}

fn rules() -> impl Strategy<Value = Rule> {
    let span = prop_oneof![
        Just(100_u64),
        Just(1_001),
        Just(60_000),
        Just(86_400_000),
        Just(2_592_000_000)
    ]
    .prop_map(Duration::from_millis);
    let zone = prop_oneof![
        Just("UTC"),
        Just("Europe/Berlin"),
        Just("Australia/Lord_Howe"),
        Just("America/Santiago")
    ]
    .prop_map(|name| Zone::named(name).expect("zone"));
    let period = prop_oneof![
        Just(Period::Day),
        Just(Period::Week),
        Just(Period::Month),
        span.clone().prop_map(Period::Rolling)
    ];
    let limit = 1..20_u64;
    prop_oneof![
        (limit.clone(), span.clone()).prop_map(|(limit, per)| Rule::FixedWindow { limit, per }),
        (limit.clone(), span).prop_map(|(limit, per)| Rule::SlidingWindow { limit, per }),
        (limit, period, zone).prop_map(|(limit, period, zone)| Rule::Quota { limit, period, zone }),
        (1..20_u32).prop_map(|slots| Rule::Concurrency { slots }),
    ]
}

fn take(bench: &Bench, ask: Ask<'_>, reference: &mut Reference) {
    let now = bench.clock.timestamp();
    let (used, limit) = (reference.used(now), reference.rule.limit());
    let decision = bench.decide(&[ask]);
    let standing = decision.standings()[0];
    let is_admitted = ask.cost == 0 || used + ask.cost <= limit;
    assert_eq!(decision.is_allowed(), is_admitted, "{used} of {limit} used, {} asked", ask.cost);
    if is_admitted {
        reference.admitted.push((now, ask.cost));
    }
    assert_eq!(standing.remaining, limit.saturating_sub(reference.used(now)));
    let wait = standing.retry_in();
    if !is_admitted && ask.cost <= limit && !wait.is_zero() {
        let millis = u64::try_from(wait.as_millis()).expect("milliseconds");
        let used_in = |millis| reference.used(Timestamp(now.0 + millis));
        assert!(used_in(millis) + ask.cost <= limit, "admitted once the wait is over");
        assert!(used_in(millis - 1) + ask.cost > limit, "and no earlier");
    }
}

proptest! {
    #[test]
    fn counts_equal_a_list_of_all_that_was_admitted(
        rule in rules(),
        start in 1_700_000_000_000..1_900_000_000_000_u64,
        steps in steps(),
    ) {
        let bench = Bench::at(Timestamp(start));
        let policy = Policy::new("public", "p", rule.clone()).expect("policy");
        let ask = Ask::one(&policy, bench.key(&policy, "alice"));
        let mut reference = Reference { rule, admitted: Vec::new() };
        for step in steps {
            let now = bench.clock.now();
            match step {
                Step::Wait(millis) => bench.clock.advance(Duration::from_millis(millis)),
                Step::Take(cost) => take(&bench, ask.cost(cost), &mut reference),
                Step::Refund(which) if !reference.admitted.is_empty() => {
                    let which = which % reference.admitted.len();
                    let (time, cost) = reference.admitted.swap_remove(which);
                    let taken = Now { timestamp: time, ..now };
                    bench.limits.refund(&[ask.cost(cost)], taken, now);
                }
                Step::Refund(_) => {}
                Step::Settle(extra) => {
                    bench.limits.settle(&ask, i64::try_from(extra).expect("small"), now, now);
                    reference.admitted.push((now.timestamp, extra));
                }
            }
        }
    }
}
