//! What goes wrong.

use model::Clock;

use super::due::{AtNode, Event};
use super::{World, policy_rate};
use crate::simulation::bound::Allowance;
use crate::simulation::clock::Time;
use crate::simulation::schedule::Fault;

impl World {
    pub(super) fn befall(&mut self, fault: Fault) {
        let time = self.time;
        match fault {
            Fault::Kill { node, back } => self.end(node, back),
            Fault::Drain { node, back } => {
                self.nodes[node].dial.show(time);
                let is_frozen = self.nodes[node].is_frozen;
                if let Some(process) = &mut self.nodes[node].process
                    && !is_frozen
                {
                    let outgoing = process.close().into_iter().collect();
                    self.pump(node, Vec::new(), outgoing);
                    self.end(node, back);
                }
            }
            Fault::Freeze { node, span } => self.freeze(node, span),
            Fault::Partition { node, span } => self.nodes[node].cut_until = time + span,
            Fault::Failover { lost } => {
                let permits = self.store.fail_over(lost, time);
                self.allow(permits, self.schedule.length);
            }
            Fault::Outage { span } => self.store.silent_until = time + span,
            Fault::StepWall { node, millis } => self.nodes[node].dial.step_wall(millis),
            Fault::StepStore { millis } => {
                self.store.step(millis);
                let (rate, burst) = policy_rate(&self.schedule);
                let leaped = f64::from(rate.permits) * millis.max(0) as f64 / 1000.0;
                let ttl = self.schedule.ttl.as_nanos() as Time;
                self.allow(leaped.min(f64::from(burst)), ttl);
            }
        }
    }

    fn allow(&mut self, permits: f64, lingers: Time) {
        self.allowances.push(Allowance { at: self.time, lingers, permits });
    }

    fn end(&mut self, node: usize, back: Time) {
        self.nodes[node].process = None;
        self.nodes[node].is_frozen = false;
        self.nodes[node].backlog.clear();
        self.at(self.time + back, Event::Start(node));
    }

    fn freeze(&mut self, index: usize, span: Time) {
        let node = &mut self.nodes[index];
        if node.process.is_some() && !node.is_frozen {
            node.dial.show(self.time);
            node.is_frozen = true;
            node.backlog.push(AtNode::Stale(node.dial.now(), self.time));
            self.at(self.time + span, Event::Thaw(index));
        }
    }
}
