//! True time, the queue of what happens, and the count of who was admitted when.

mod due;
mod faults;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use fastrand::Rng;
use model::{Clock, Rate, Rule};

use super::Outcome;
use super::bound::{self, Allowance, Bound};
use super::clock::{Dial, MILLISECOND, SECOND, Time};
use super::network::{Answer, Request};
use super::node::{Decided, Outgoing, PATIENCE, Process};
use super::rival::Rival;
use super::schedule::{Fault, Schedule};
use super::store::Store;
use due::{AtNode, Due, Event};

/// Requests that wait in a socket for a process that is stopped.
const BACKLOG: usize = 200;
const REPORT: Time = 200 * MILLISECOND;

struct Node {
    dial: Arc<Dial>,
    process: Option<Process>,
    rival: Rival,
    is_frozen: bool,
    backlog: Vec<AtNode>,
    cut_until: Time,
}

/// A schedule under way.
pub(crate) struct World {
    schedule: Schedule,
    has_rivals: bool,
    rng: Rng,
    time: Time,
    queue: BinaryHeap<Due>,
    number: u64,
    nodes: Vec<Node>,
    store: Store,
    admitted: Vec<Time>,
    denied: usize,
    allowances: Vec<Allowance>,
    longest_wait: Time,
}

impl World {
    pub(crate) fn new(schedule: Schedule) -> Self {
        let mut rng = Rng::with_seed(schedule.seed ^ 0x5eed);
        let node = |_: &_| Node {
            dial: Arc::new(Dial::new(rng.u64(0..1 << 50), rng.u64(0..1 << 41))),
            process: None,
            rival: Rival::default(),
            is_frozen: false,
            backlog: Vec::new(),
            cut_until: 0,
        };
        let is_failover = |(_, fault): &_| matches!(fault, Fault::Failover { .. });
        let has_replica = schedule.faults.iter().any(is_failover);
        let nodes = schedule.nodes.iter().map(node).collect();
        Self {
            schedule,
            has_rivals: false,
            rng,
            time: 0,
            queue: BinaryHeap::new(),
            number: 0,
            nodes,
            store: Store::new(has_replica),
            admitted: Vec::new(),
            denied: 0,
            allowances: Vec::new(),
            longest_wait: 0,
        }
    }

    /// The same with nodes that count and then synchronize.
    pub(crate) fn of_rivals(schedule: Schedule) -> Self {
        Self { has_rivals: true, ..Self::new(schedule) }
    }

    pub(crate) fn run(mut self) -> Outcome {
        for node in 0..self.nodes.len() {
            self.at(0, Event::Start(node));
            let first = self.next_arrival(node);
            self.at(first, Event::Arrive(node));
        }
        for (at, fault) in self.schedule.faults.clone() {
            self.at(at, Event::Fault(fault));
        }
        while let Some(Due { at: Reverse((time, _)), event }) = self.queue.pop()
            && time <= self.schedule.length
        {
            self.time = time;
            self.happen(event);
        }
        self.outcome()
    }

    fn at(&mut self, time: Time, event: Event) {
        self.number += 1;
        self.queue.push(Due { at: Reverse((time, self.number)), event });
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(node) => {
                let next = self.next_arrival(node);
                self.at(next, Event::Arrive(node));
                self.at_node(node, AtNode::Request);
            }
            Event::AtNode(node, what) => self.at_node(node, what),
            Event::AtStore(node, request) => {
                if let Some(answer) = self.store.receive(request, self.time) {
                    self.deliver(node, AtNode::Answer(answer));
                }
            }
            Event::Fault(fault) => self.befall(fault),
            Event::Start(node) => self.start(node),
            Event::Thaw(node) => {
                self.nodes[node].is_frozen = false;
                for what in std::mem::take(&mut self.nodes[node].backlog) {
                    self.at_node(node, what);
                }
            }
        }
    }

    fn start(&mut self, node: usize) {
        let ttl = self.schedule.ttl;
        let started = &mut self.nodes[node];
        if started.process.is_none() {
            started.dial.show(self.time);
            started.process = Some(Process::start(started.dial.clone(), ttl));
            self.at(self.time, Event::AtNode(node, AtNode::Sweep));
            if self.has_rivals {
                let first = self.time + self.rng.u64(0..REPORT);
                self.at(first, Event::AtNode(node, AtNode::Report));
            }
        }
    }

    fn at_node(&mut self, index: usize, what: AtNode) {
        let node = &mut self.nodes[index];
        if node.is_frozen {
            if node.backlog.len() < BACKLOG || !matches!(what, AtNode::Request) {
                node.backlog.push(what);
            }
            return;
        }
        if self.has_rivals {
            return self.at_rival(index, &what);
        }
        let Some(process) = &mut node.process else { return };
        node.dial.show(self.time);
        let mut decided = Vec::new();
        let mut outgoing = Vec::new();
        match what {
            AtNode::Request => {
                let now = node.dial.now();
                decided.extend(process.request(&self.schedule.policies, self.time, now));
            }
            AtNode::Stale(now, read) => {
                let request = process.request(&self.schedule.policies, read, now);
                if request.is_some_and(|decided| decided.is_allowed) {
                    self.admit(read);
                }
            }
            AtNode::Answer(answer) => outgoing.extend(process.receive(answer)),
            AtNode::GiveUp(id) => process.give_up(id),
            AtNode::Sweep => {
                outgoing.extend(process.sweep());
                let next = self.time + self.schedule.ttl.as_nanos() as Time / 5;
                self.at(next, Event::AtNode(index, AtNode::Sweep));
            }
            AtNode::Report => {}
        }
        self.pump(index, decided, outgoing);
    }

    /// Lets a process do what it can do at once.
    fn pump(&mut self, index: usize, mut decided: Vec<Decided>, mut outgoing: Vec<Outgoing>) {
        let Some(process) = &mut self.nodes[index].process else { return };
        loop {
            decided.extend(process.decided());
            let more = process.outgoing(&mut self.number);
            if more.is_empty() {
                break;
            }
            outgoing.extend(more);
        }
        for Decided { came, is_allowed } in decided {
            self.longest_wait = self.longest_wait.max(self.time - came);
            if is_allowed {
                self.admit(self.time);
            } else {
                self.denied += 1;
            }
        }
        for Outgoing { request, awaits } in outgoing {
            self.send(index, request);
            if let Some(id) = awaits {
                self.at(self.time + PATIENCE, Event::AtNode(index, AtNode::GiveUp(id)));
            }
        }
    }

    fn at_rival(&mut self, index: usize, what: &AtNode) {
        let limit = policy_rate(&self.schedule).0.permits;
        let rival = &mut self.nodes[index].rival;
        match what {
            AtNode::Request => {
                if rival.request(u64::from(limit), self.time) {
                    self.admit(self.time);
                } else {
                    self.denied += 1;
                }
            }
            AtNode::Report => {
                let used = rival.report();
                self.send(index, Request::Report { used });
                self.at(self.time + REPORT, Event::AtNode(index, AtNode::Report));
            }
            AtNode::Answer(Answer::Total { used }) => rival.learn(*used),
            _ => {}
        }
    }

    fn admit(&mut self, at: Time) {
        self.admitted.push(at);
    }

    fn send(&mut self, from: usize, request: Request) {
        if !self.is_lost(from) {
            let at = self.time + self.delay();
            self.at(at, Event::AtStore(from, request));
        }
    }

    fn deliver(&mut self, to: usize, what: AtNode) {
        if !self.is_lost(to) {
            let at = self.time + self.delay();
            self.at(at, Event::AtNode(to, what));
        }
    }

    fn is_lost(&mut self, node: usize) -> bool {
        self.time < self.nodes[node].cut_until || self.rng.f64() < self.schedule.network.lost
    }

    fn delay(&mut self) -> Time {
        let network = self.schedule.network;
        let usual = network.delay + self.rng.u64(0..=network.jitter);
        let is_stuck = network.lost > 0.0 && self.rng.u8(0..100) == 0;
        if is_stuck { usual + self.rng.u64(0..300 * MILLISECOND) } else { usual }
    }

    fn next_arrival(&mut self, node: usize) -> Time {
        let load = &self.schedule.nodes[node];
        let phase = (self.time / (SECOND / 4)) as usize % load.phases.len();
        let per_second = load.per_second * load.phases[phase];
        if per_second <= 0.0 {
            return self.time / (SECOND / 4) * (SECOND / 4) + SECOND / 4;
        }
        let pause = -self.rng.f64().max(1e-12).ln() / per_second;
        // Phases are looked at again a few times in each.
        self.time + ((pause * 1e9) as Time).clamp(1, SECOND / 8)
    }

    fn outcome(mut self) -> Outcome {
        self.admitted.sort_unstable();
        let ttl = self.schedule.ttl;
        let mut violation = None;
        for policy in &self.schedule.policies {
            let (rate, burst) = rate_of(policy.rule());
            let bound = Bound {
                rate: f64::from(rate.permits) / rate.per.as_nanos() as f64,
                burst: f64::from(burst),
                ttl,
            };
            let worst = bound::worst(&self.admitted, bound, &self.allowances);
            if worst > 1e-6 {
                let name = policy.name();
                violation = Some(format!("`{name}` let in {worst:.1} more than its bound"));
            }
        }
        let (rate, _) = policy_rate(&self.schedule);
        let start = SECOND / 2;
        let steady = self.admitted.iter().filter(|at| **at >= start).count();
        let seconds = (self.schedule.length - start) as f64 / SECOND as f64;
        let round_trip = 2 * (self.schedule.network.delay + self.schedule.network.jitter);
        Outcome {
            admitted: self.admitted.len(),
            denied: self.denied,
            violation,
            used: steady as f64 / (f64::from(rate.permits) * seconds),
            store_rate: self.store.messages as f64 * SECOND as f64 / self.schedule.length as f64,
            longest_wait: self.longest_wait as f64 / round_trip.max(1) as f64,
        }
    }
}

fn policy_rate(schedule: &Schedule) -> (Rate, u32) {
    rate_of(schedule.policies[0].rule())
}

fn rate_of(rule: &Rule) -> (Rate, u32) {
    match *rule {
        Rule::Rate { rate, burst } => (rate, burst),
        _ => unreachable!("schedules have rates"),
    }
}
