//! The default event bus: who sends an event gets its id once every target's copy is kept.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

mod entry;

use bytes::Bytes;
use model::pattern::{Pattern, PatternProblem};
use model::{Account, Arn, EventRule, EventTarget, Snapshot};
use serde_json::Value;
use store::{OutgoingEvent, StoreError};

pub use entry::{Entry, EntryProblem, MOST_BYTES, MOST_ENTRIES};

use crate::Triggers;

/// The name of the only bus.
pub const DEFAULT: &str = "default";

/// Every enabled rule that has a pattern.
#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    arn: Arn,
    pattern: Pattern,
    targets: Vec<EventTarget>,
}

impl Rules {
    pub(crate) fn of(snapshot: &Snapshot, account: &Account) -> Self {
        let enabled = snapshot.all::<EventRule>().filter(|rule| rule.enabled);
        let compiled = enabled.filter_map(|rule| {
            // A rule is not kept with a pattern that does not compile.
            let pattern = Pattern::compile(rule.pattern.as_deref()?).ok()?;
            Some(Rule { arn: rule.arn(account), pattern, targets: rule.targets.clone() })
        });
        Self(compiled.collect())
    }

    fn matching<'a>(&'a self, event: &'a Value) -> impl Iterator<Item = &'a Rule> {
        self.0.iter().filter(|rule| rule.pattern.matches(event))
    }
}

/// Whether an event pattern matches an event, as `TestEventPattern` asks.
pub fn matches(pattern: &str, event: &Value) -> Result<bool, PatternProblem> {
    Ok(Pattern::compile(pattern)?.matches(event))
}

impl Triggers {
    /// Sends each entry to the targets of the rules that match it. Gives an id or a problem for
    /// each, in their order; the ids are given once everything they stand for is durable. What goes to
    /// a bus that there is not gets an id, too, and a line in the log.
    pub async fn put_events(
        &self,
        entries: Vec<Entry>,
    ) -> Result<Vec<Result<String, EntryProblem>>, StoreError> {
        let now = self.ports.clock.timestamp();
        let rules = self.rules.load_full();
        let (mut answers, mut outgoing) = (Vec::new(), Vec::new());
        for entry in entries {
            let id = self.new_id();
            let event = match entry.event(&self.ports.account, &id, now) {
                Ok(event) => event,
                Err(problem) => {
                    answers.push(Err(problem));
                    continue;
                }
            };
            if let Some(bus) = &entry.unknown_bus {
                let source = entry.source.as_deref().unwrap_or_default();
                let detail_type = entry.detail_type.as_deref().unwrap_or_default();
                tracing::warn!(
                    %bus, %id, source, detail_type,
                    "an event is lost: it was sent to an event bus that does not exist"
                );
                answers.push(Ok(id.to_string()));
                continue;
            }
            let bytes = Bytes::from(event.to_string());
            for rule in rules.matching(&event) {
                outgoing.extend(rule.targets.iter().map(|target| OutgoingEvent {
                    id: format!("{id}/{}/{}", rule.arn.resource(), target.id),
                    source: rule.arn.clone(),
                    target: target.clone(),
                    event: bytes.clone(),
                    born: now,
                    next: now,
                    attempts: 0,
                }));
            }
            answers.push(Ok(id.to_string()));
        }
        self.put_out(outgoing).await?;
        Ok(answers)
    }
}
