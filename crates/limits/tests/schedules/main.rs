//! Limits that nodes lease hold under faults: a few hundred seeded schedules. Thousands, or one by its
//! seed: `cargo run --release -p tidegate-limits --example schedules -- --help`.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a simulation's times and counts are far from what floating point cannot hold"
)]

#[path = "simulation/lib.rs"]
mod simulation;

use simulation::{Outcome, Plan, Schedule, World};

fn run(plan: Plan, seed: u64) -> Outcome {
    World::new(Schedule::draw(plan, seed)).run()
}

#[test]
fn leased_limits_keep_their_bound_under_faults() {
    let mut admitted = 0;
    for seed in 0..300 {
        let outcome = run(Plan::Faults, seed);
        assert_eq!(outcome.violation, None, "seed {seed}");
        admitted += outcome.admitted;
    }
    assert!(admitted > 100_000, "{admitted} admitted: the schedules let nobody in");
}

#[test]
fn overload_uses_the_limit_up() {
    let outcomes: Vec<_> = (0..20).map(|seed| run(Plan::Overload, seed)).collect();
    for (seed, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.violation, None, "seed {seed}");
    }
    let used = outcomes.iter().map(|outcome| outcome.used).sum::<f64>() / outcomes.len() as f64;
    assert!(used >= 0.99, "{used}");
}

/// The check sees what it is there to see.
#[test]
fn counting_first_and_synchronizing_later_breaks_the_bound() {
    let broken = (0..20)
        .filter(|seed| {
            let schedule = Schedule::draw(Plan::Overload, *seed);
            World::of_rivals(schedule).run().violation.is_some()
        })
        .count();
    assert!(broken >= 15, "{broken} of 20");
}

#[test]
fn a_seed_replays_its_schedule() {
    for seed in 0..3 {
        assert_eq!(run(Plan::Faults, seed), run(Plan::Faults, seed));
    }
}
