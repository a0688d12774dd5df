//! What producers and consumers were told, and whether it can be true of queues that lose nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// `visibility` of the queues, in milliseconds.
const VISIBILITY: u128 = 5_000;

#[derive(Default)]
pub(super) struct Ledger {
    sent: HashSet<String>,
    received: HashMap<String, Vec<Receipt>>,
    /// With the receive count of the receipt that did it.
    deleted: HashMap<String, u32>,
}

#[derive(Clone)]
pub(super) struct Receipt {
    body: String,
    id: String,
    count: u32,
    sequence: Option<String>,
    /// It was claimed between these.
    asked: u128,
    got: u128,
}

impl Receipt {
    pub(super) fn of(message: &Value, asked: u128, got: u128) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let attributes = &message["Attributes"];
        let count = attributes["ApproximateReceiveCount"].as_str().expect("a count");
        Self {
            body: text(&message["Body"]).expect("a body"),
            id: text(&message["MessageId"]).expect("an id"),
            count: count.parse().expect("a number"),
            sequence: text(&attributes["SequenceNumber"]),
            asked,
            got,
        }
    }
}

impl Ledger {
    pub(super) fn sent(&mut self, body: String) {
        assert!(self.sent.insert(body), "each is sent once");
    }

    pub(super) fn received(&mut self, receipt: &Receipt) {
        self.received.entry(receipt.body.clone()).or_default().push(receipt.clone());
    }

    /// Only within the visibility timeout: after it somebody else may have the message.
    pub(super) fn deleted(&mut self, receipt: &Receipt, at: u128) {
        if at < receipt.asked + VISIBILITY {
            self.deleted.insert(receipt.body.clone(), receipt.count);
        }
    }

    pub(super) fn check(mut self) {
        let received: HashSet<_> = self.received.keys().cloned().collect();
        let lost: Vec<_> = self.sent.difference(&received).collect();
        assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), self.sent.len());
        for (body, receipts) in &mut self.received {
            receipts.sort_by_key(|receipt| receipt.count);
            for pair in receipts.windows(2) {
                assert_eq!(pair[0].id, pair[1].id, "{body} was kept twice");
                assert!(pair[0].count < pair[1].count, "{body} has one receipt twice");
                let is_early = pair[1].got < pair[0].asked + VISIBILITY;
                assert!(!is_early, "{body} was received while it was hidden");
            }
            // By its count, since the answer to an earlier receive may be read later than the deletion.
            let last = receipts.last().map(|receipt| receipt.count);
            let deleted = self.deleted.get(body).copied();
            let is_back = deleted.is_some() && deleted < last;
            assert!(!is_back, "{body} was received after its deletion: {deleted:?} < {last:?}");
        }
        self.check_order();
    }

    /// Once a later message of a group was received, no earlier one is.
    fn check_order(&self) {
        let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<&Receipt>>> = BTreeMap::new();
        for receipt in self.received.values().flatten() {
            let Some(sequence) = &receipt.sequence else { continue };
            let group = receipt.body.split('.').next().expect("a producer");
            groups.entry(group).or_default().entry(sequence).or_default().push(receipt);
        }
        for (group, messages) in groups {
            let mut later_got = u128::MAX;
            for (sequence, receipts) in messages.into_iter().rev() {
                let is_late = receipts.iter().any(|receipt| receipt.asked > later_got);
                assert!(!is_late, "group {group}: {sequence} was received after a later one");
                later_got = receipts.iter().map(|receipt| receipt.got).fold(later_got, u128::min);
            }
        }
    }

    pub(super) fn summary(&self) -> String {
        let receipts: usize = self.received.values().map(Vec::len).sum();
        format!("{} messages acknowledged, {receipts} receipts", self.sent.len())
    }
}

/// Of the one message of these tests.
fn receipt(count: u32, asked: u128) -> Receipt {
    Receipt { body: "0.1".to_owned(), id: "1".to_owned(), count, sequence: None, asked, got: asked }
}

#[test]
fn an_answer_read_late_is_believed() {
    let mut ledger = Ledger::default();
    ledger.received(&receipt(2, 6_000));
    ledger.deleted(&receipt(2, 6_000), 6_001);
    ledger.received(&receipt(1, 0));
    ledger.check();
}

#[test]
#[should_panic(expected = "received after its deletion")]
fn a_message_that_comes_back_is_told() {
    let mut ledger = Ledger::default();
    ledger.received(&receipt(1, 0));
    ledger.deleted(&receipt(1, 0), 1);
    ledger.received(&receipt(2, 6_000));
    ledger.check();
}
