//! Tells a message from its copies.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>

use model::{Fifo, Timestamp};
use sha2::{Digest, Sha256};
use store::{Deduplication, REMEMBERED};

/// The id of a message that was sent without one.
pub(crate) fn id_of_content(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn deduplication(fifo: Fifo, group: &str, id: &str, now: Timestamp) -> Deduplication {
    let mut digest = Sha256::new();
    if fifo.deduplicates_by_group {
        digest.update((group.len() as u64).to_be_bytes());
        digest.update(group);
    }
    digest.update(id);
    Deduplication { digest: digest.finalize().into(), since: now.minus(REMEMBERED), at: now }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(by_group: bool, group: &str, id: &str) -> [u8; 32] {
        let fifo = Fifo { deduplicates_by_group: by_group, ..Fifo::default() };
        deduplication(fifo, group, id, Timestamp(400_000)).digest
    }

    #[test]
    fn the_scope_is_the_queue_or_the_group() {
        assert_eq!(digest(false, "red", "1"), digest(false, "blue", "1"));
        assert_ne!(digest(true, "red", "1"), digest(true, "blue", "1"));
        assert_ne!(digest(true, "re", "d1"), digest(true, "red", "1"));
        assert_eq!(digest(true, "red", "1"), digest(true, "red", "1"));
    }

    #[test]
    fn it_is_remembered_for_five_minutes() {
        let asked = deduplication(Fifo::default(), "g", "1", Timestamp(400_000));
        assert_eq!((asked.since, asked.at), (Timestamp(100_000), Timestamp(400_000)));
    }
}
