//! Collects messages into one invocation's event: at most so many, and no more bytes than an
//! invocation takes.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching>

use std::collections::{HashMap, VecDeque};

use super::event;

/// The most bytes of a synchronous invocation's event.
pub(crate) const MOST_BYTES: usize = 6_291_456;

/// A message, as its invocation needs it and as it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) receipt_handle: String,
    /// JSON.
    pub(crate) record: String,
}

#[derive(Debug, Default)]
pub(crate) struct Batch {
    items: Vec<Item>,
    /// Where each id is among them.
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Batch {
    /// Takes the item, or gives it back when its bytes would be too many. One alone is always
    /// taken. A message that is there already has only been received again.
    pub(crate) fn add(&mut self, item: Item) -> Option<Item> {
        if let Some(place) = self.places.get(&item.id) {
            self.items[*place].receipt_handle = item.receipt_handle;
            return None;
        }
        let bytes = item.record.len() + 1;
        let frame = event::FRAME;
        if !self.items.is_empty() && self.bytes + bytes + frame > MOST_BYTES {
            return Some(item);
        }
        self.bytes += bytes;
        self.places.insert(item.id.clone(), self.items.len());
        self.items.push(item);
        None
    }

    /// Takes the first of these, for as long as they fit.
    pub(crate) fn take_from(&mut self, items: &mut VecDeque<Item>) {
        while let Some(item) = items.pop_front() {
            if let Some(item) = self.add(item) {
                items.push_front(item);
                return;
            }
        }
    }

    /// Without those that `keep` says false of, in their order.
    pub(crate) fn keeping(self, keep: Vec<bool>) -> Self {
        let mut kept = Self::default();
        for (item, _) in self.items.into_iter().zip(keep).filter(|(_, keep)| *keep) {
            // Fewer bytes than before.
            kept.add(item);
        }
        kept
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(crate) fn event(&self) -> String {
        let records: Vec<&str> = self.items.iter().map(|item| item.record.as_str()).collect();
        event::event(&records)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn item(bytes: usize) -> Item {
        static IDS: AtomicUsize = AtomicUsize::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed).to_string();
        Item { id, receipt_handle: "r".into(), record: "x".repeat(bytes) }
    }

    #[test]
    fn a_message_is_in_a_batch_once() {
        let mut batch = Batch::default();
        let (first, second) = (item(1), item(2));
        let again = Item { receipt_handle: "again".into(), ..first.clone() };
        for item in [first, second.clone(), again.clone()] {
            assert_eq!(batch.add(item), None);
        }
        assert_eq!(batch.items(), [again, second.clone()]);
        assert_eq!(batch.keeping(vec![false, true]).items(), [second]);
    }

    #[test]
    fn an_event_is_never_larger_than_an_invocation_takes() {
        let mut batch = Batch::default();
        for _ in 0..5 {
            assert_eq!(batch.add(item(1_048_576)), None);
        }
        let rest = MOST_BYTES - batch.event().len();
        let large = item(rest);
        assert_eq!(batch.add(large.clone()), Some(large), "a comma is missing");
        assert_eq!(batch.add(item(rest - 2)), None);
        assert!(batch.event().len() <= MOST_BYTES);
        assert!(batch.add(item(1)).is_some());
        let mut alone = Batch::default();
        assert_eq!(alone.add(item(MOST_BYTES)), None, "the invocation says that it is too large");
    }
}
