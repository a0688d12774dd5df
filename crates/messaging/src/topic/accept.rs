//! What FIFO topics accepted in the last minutes, and the numbers of what they accept next.

use std::collections::HashMap;
use std::time::Duration;

use model::{Arn, Timestamp, Topic};
use store::AcceptedId;

/// For so long, messages with one id are one message.
pub(crate) const WINDOW: Duration = Duration::from_mins(5);

/// SNS's numbers have twenty digits.
const FIRST: u64 = 10_000_000_000_000_000_000;

#[derive(Debug, Default)]
pub(crate) struct Accepted {
    ids: HashMap<(Arn, String), AcceptedId>,
    last: u64,
    /// Before this, everything is forgotten.
    tidied: Timestamp,
}

impl Accepted {
    pub(crate) fn of(ids: Vec<AcceptedId>) -> Self {
        let mut accepted = Self::default();
        ids.into_iter().for_each(|id| accepted.note(id));
        accepted
    }

    /// The message that had this id within the window.
    pub(super) fn find(
        &self,
        topic: &Arn,
        deduplication: &str,
        now: Timestamp,
    ) -> Option<&AcceptedId> {
        let key = (topic.clone(), deduplication.to_owned());
        self.ids.get(&key).filter(|id| id.at.plus(WINDOW) > now)
    }

    /// Larger than every number before it, also those of an earlier process.
    pub(super) fn next_number(&mut self, now: Timestamp) -> u64 {
        let by_time = FIRST.saturating_add(now.0.saturating_mul(1_000_000));
        self.last = by_time.max(self.last.saturating_add(1));
        self.last
    }

    pub(super) fn note(&mut self, id: AcceptedId) {
        self.last = self.last.max(id.sequence);
        self.ids.insert((id.topic.clone(), id.deduplication.clone()), id);
    }

    /// Forgets what is older than the window, once in a while; `Some` says up to when.
    pub(super) fn tidy(&mut self, now: Timestamp) -> Option<Timestamp> {
        if now.since(self.tidied) < WINDOW {
            return None;
        }
        self.tidied = now;
        let before = now.minus(WINDOW);
        self.ids.retain(|_, id| id.at >= before);
        Some(before)
    }
}

/// Under which key an id counts: within its topic, or within its group only.
pub(super) fn scoped(topic: &Topic, group: &str, deduplication: &str) -> String {
    match topic.fifo {
        Some(fifo) if fifo.deduplicates_by_group => format!("{group}\n{deduplication}"),
        _ => deduplication.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Account;

    use super::*;

    fn id(at: u64, sequence: u64) -> AcceptedId {
        AcceptedId {
            topic: Account::default().arn("sns", "news.fifo"),
            deduplication: "x".to_owned(),
            message: "m".to_owned(),
            sequence,
            at: Timestamp(at),
        }
    }

    #[test]
    fn an_id_is_known_for_five_minutes() {
        let accepted = Accepted::of(vec![id(1_000, FIRST)]);
        let topic = &id(0, 0).topic;
        assert!(accepted.find(topic, "x", Timestamp(300_999)).is_some());
        assert!(accepted.find(topic, "x", Timestamp(301_000)).is_none());
        assert!(accepted.find(topic, "y", Timestamp(1_000)).is_none());
    }

    #[test]
    fn numbers_grow_even_when_the_clock_does_not() {
        let mut accepted = Accepted::of(vec![id(5_000, FIRST + 9_000_000_000)]);
        let first = accepted.next_number(Timestamp(5_000));
        assert_eq!(first, FIRST + 9_000_000_001);
        assert_eq!(accepted.next_number(Timestamp(4_000)), first + 1);
        assert_eq!(accepted.next_number(Timestamp(20_000)), FIRST + 20_000_000_000);
    }

    #[test]
    fn tidying_forgets_what_is_old() {
        let mut accepted = Accepted::of(vec![id(1_000, FIRST)]);
        assert_eq!(accepted.tidy(Timestamp(400_000)), Some(Timestamp(100_000)));
        assert!(accepted.ids.is_empty());
        assert_eq!(accepted.tidy(Timestamp(400_001)), None);
    }
}
