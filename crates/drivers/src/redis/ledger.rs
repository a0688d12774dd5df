//! The books of a store, for nodes that lease permits ahead of their use.

use std::sync::Arc;

use limits::leased::{Grant, LeaseAsk, Ledger, LedgerProblem, Leftover, Pending};
use limits::{Ask, Standing};

use super::ask::{answered, send};
use super::problem::Problem;
use super::request::{Line, Request, Verb};
use super::start::Redis;

impl Ledger for Redis {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Pending<Result<Vec<Grant>, LedgerProblem>> {
        let shared = Arc::clone(&self.shared);
        let now = shared.options.clock.now();
        // All are sent before the first is waited for, and travel together.
        let sent: Vec<_> = asks
            .iter()
            .map(|ask| {
                let request =
                    Request::of(Verb::Grant(ask.want), &[Ask::one(&ask.policy, ask.key)], now);
                let request = Arc::new(request);
                let answer = send(&shared, Arc::clone(&request));
                (request, answer)
            })
            .collect();
        for ask in &asks {
            if let Some(name) = &ask.name {
                shared.names.see(&Ask::one(&ask.policy, ask.key).named(name));
            }
        }
        Box::pin(async move {
            let mut grants = Vec::with_capacity(sent.len());
            for (request, answer) in sent {
                let reply = answered(answer, &shared).await.map_err(|problem| told(&problem))?;
                let granted = reply.counts.first().zip(request.lines.first());
                let grant = granted.map(|(count, line)| {
                    let grant = count.grant(line);
                    // Here a share of the limit begins, should the store not answer again.
                    shared.recent.learn(line, Standing::admitted(grant.remaining), now.moment);
                    grant
                });
                grants.push(grant.ok_or_else(|| {
                    LedgerProblem::Refused(
                        "it answers something else than the script says".to_owned(),
                    )
                })?);
            }
            Ok(grants)
        })
    }

    fn take_back(&self, leftovers: Vec<Leftover>) -> Pending<Result<(), LedgerProblem>> {
        let shared = Arc::clone(&self.shared);
        let now = shared.options.clock.now();
        let sent: Vec<_> = leftovers
            .iter()
            .map(|leftover| {
                let ask = Ask::one(&leftover.policy, leftover.key);
                let line = Line::of(&ask.cost(u64::from(leftover.permits)), now);
                let verb = Verb::TakeBack(leftover.receipt.0);
                shared.recent.lift(leftover.key);
                send(&shared, Arc::new(Request { verb, lines: vec![line] }))
            })
            .collect();
        Box::pin(async move {
            for answer in sent {
                answered(answer, &shared).await.map_err(|problem| told(&problem))?;
            }
            Ok(())
        })
    }
}

fn told(problem: &Problem) -> LedgerProblem {
    match problem {
        Problem::Unreachable { .. } | Problem::Silent { .. } | Problem::Busy { .. } => {
            LedgerProblem::Unreachable(problem.to_string())
        }
        other => LedgerProblem::Refused(other.to_string()),
    }
}
