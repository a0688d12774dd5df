//! Collects messages into one invocation's event: at most so many, and no more bytes than an
//! invocation takes.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching>

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
    bytes: usize,
}

impl Batch {
    /// Takes the item, or gives it back when its bytes would be too many. One alone is always
    /// taken.
    pub(crate) fn add(&mut self, item: Item) -> Option<Item> {
        let bytes = item.record.len() + 1;
        let frame = event::FRAME;
        if !self.items.is_empty() && self.bytes + bytes + frame > MOST_BYTES {
            return Some(item);
        }
        self.bytes += bytes;
        self.items.push(item);
        None
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
    use super::*;

    fn item(bytes: usize) -> Item {
        Item { id: "1".into(), receipt_handle: "r".into(), record: "x".repeat(bytes) }
    }

    #[test]
    fn an_event_is_never_larger_than_an_invocation_takes() {
        let mut batch = Batch::default();
        for _ in 0..5 {
            assert_eq!(batch.add(item(1_048_576)), None);
        }
        let rest = MOST_BYTES - batch.event().len();
        assert_eq!(batch.add(item(rest)), Some(item(rest)), "a comma is missing");
        assert_eq!(batch.add(item(rest - 2)), None);
        assert!(batch.event().len() <= MOST_BYTES);
        assert_eq!(batch.add(item(1)), Some(item(1)));
        let mut alone = Batch::default();
        assert_eq!(alone.add(item(MOST_BYTES)), None, "the invocation says that it is too large");
    }
}
