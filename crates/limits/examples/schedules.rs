//! Runs seeded fault schedules against limits that nodes lease, and checks the bound over every window.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a simulation's times and counts are far from what floating point cannot hold"
)]

#[path = "../tests/schedules/simulation/lib.rs"]
mod simulation;

use std::process::ExitCode;

use simulation::{Outcome, Plan, Schedule, World};

const USAGE: &str = "\
Runs seeded schedules of faults (kill -9, SIGSTOP, partitions, lost and late messages, failovers that
lose writes, outages, clock steps) against limits that nodes lease, in virtual time.

  schedules [--schedules COUNT]   seeds 0 to COUNT - 1 [10000]
  schedules --seed SEED           one of them, and what happens in it";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => all(10_000),
        ["--schedules", count] if count.parse::<u64>().is_ok() => {
            all(count.parse().unwrap_or_default())
        }
        ["--seed", seed] if seed.parse::<u64>().is_ok() => one(seed.parse().unwrap_or_default()),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn all(count: u64) -> ExitCode {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let run = |worker: u64| {
        let mut tally = Tally::default();
        for seed in (worker..count).step_by(workers as usize) {
            tally.add(seed);
        }
        tally
    };
    let tally = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || run(worker))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a worker"))
            .reduce(|all, one| all.with(&one))
    });
    let tally = tally.unwrap_or_default();
    println!("schedules            {}", tally.schedules);
    println!("requests             {}", tally.admitted + tally.denied);
    println!("admitted             {}", tally.admitted);
    println!("bound violated       {}", tally.violations);
    println!("same, count and sync {} of {}", tally.rival_violations, tally.overloads);
    println!("used under overload  {:.2} %", 100.0 * tally.used / tally.overloads.max(1) as f64);
    println!("least used           {:.2} % (seed {})", 100.0 * tally.least.0, tally.least.1);
    if tally.violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(seed: u64) -> ExitCode {
    let schedule = Schedule::draw(Plan::Faults, seed);
    println!("{schedule:#?}");
    let outcome = World::new(schedule).run();
    println!("{outcome:#?}");
    if outcome.violation.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Tally {
    schedules: u64,
    admitted: usize,
    denied: usize,
    violations: u64,
    overloads: u64,
    rival_violations: u64,
    used: f64,
    least: (f64, u64),
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            schedules: 0,
            admitted: 0,
            denied: 0,
            violations: 0,
            overloads: 0,
            rival_violations: 0,
            used: 0.0,
            least: (f64::INFINITY, 0),
        }
    }
}

impl Tally {
    fn add(&mut self, seed: u64) {
        self.schedules += 1;
        self.count(seed, &World::new(Schedule::draw(Plan::Faults, seed)).run());
        // Every twentieth seed, without faults, says how much of the limit is used.
        if seed.is_multiple_of(20) {
            let schedule = Schedule::draw(Plan::Overload, seed);
            let outcome = World::new(schedule.clone()).run();
            self.count(seed, &outcome);
            self.overloads += 1;
            self.used += outcome.used;
            if outcome.used < self.least.0 {
                self.least = (outcome.used, seed);
            }
            let rival = World::of_rivals(schedule).run();
            self.rival_violations += u64::from(rival.violation.is_some());
        }
    }

    fn count(&mut self, seed: u64, outcome: &Outcome) {
        self.admitted += outcome.admitted;
        self.denied += outcome.denied;
        if let Some(violation) = &outcome.violation {
            self.violations += 1;
            println!("seed {seed}: {violation}");
        }
    }

    fn with(self, other: &Self) -> Self {
        Self {
            schedules: self.schedules + other.schedules,
            admitted: self.admitted + other.admitted,
            denied: self.denied + other.denied,
            violations: self.violations + other.violations,
            overloads: self.overloads + other.overloads,
            rival_violations: self.rival_violations + other.rival_violations,
            used: self.used + other.used,
            least: if self.least.0 <= other.least.0 { self.least } else { other.least },
        }
    }
}
