//! What a receiver gets to prove that a message is in its hands: the receipt, sealed by its queue.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use model::Timestamp;
use sha2::Sha256;
use store::{KeptQueue, QueueId, Receipt};

/// What a handle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    pub receipt: Receipt,
    /// When the message was received.
    pub at: Timestamp,
}

const VERSION: u8 = 1;
const SAID: usize = 1 + 4 + 8 + 4 + 8;
const SEAL: usize = 16;

/// What seals a queue's handles, and knows them again.
pub struct Sealer {
    queue: QueueId,
    /// It has read the queue's secret, which takes as long as to seal.
    keyed: Hmac<Sha256>,
}

impl Sealer {
    pub fn of(queue: &KeptQueue) -> Self {
        let keyed = Hmac::new_from_slice(&queue.secret).expect("a key may have any length");
        Self { queue: queue.id, keyed }
    }

    pub fn write(&self, handle: Handle) -> String {
        let mut bytes = [0; SAID + SEAL];
        bytes[0] = VERSION;
        bytes[1..5].copy_from_slice(&self.queue.0.to_be_bytes());
        bytes[5..13].copy_from_slice(&handle.receipt.number.to_be_bytes());
        bytes[13..17].copy_from_slice(&handle.receipt.count.to_be_bytes());
        bytes[17..25].copy_from_slice(&handle.at.0.to_be_bytes());
        let (said, seal) = bytes.split_at_mut(SAID);
        seal.copy_from_slice(&self.sealed(said).finalize().into_bytes()[..SEAL]);
        STANDARD.encode(bytes)
    }

    /// `None` of what this queue has not written, in this life.
    pub fn read(&self, text: &str) -> Option<Handle> {
        let mut bytes = [0; SAID + SEAL + 2];
        let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
        let (said, seal) = bytes.get(..length)?.split_at_checked(SAID)?;
        if seal.len() != SEAL || self.sealed(said).verify_truncated_left(seal).is_err() {
            return None;
        }
        let wide =
            |at: usize| said[at..at + 8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let count = said[13..17].iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        Some(Handle { receipt: Receipt { number: wide(5), count }, at: Timestamp(wide(17)) })
    }

    fn sealed(&self, said: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(said);
        mac
    }
}

#[cfg(test)]
mod tests {
    use model::QueueName;
    use store::Discipline;

    use super::*;

    fn sealer(id: u32, secret: u8) -> Sealer {
        let (name, secret) = (QueueName::parse("jobs").expect("a name"), [secret; 16]);
        let discipline = Discipline::Standard;
        Sealer::of(&KeptQueue { id: QueueId(id), name, discipline, secret })
    }

    const HANDLE: Handle =
        Handle { receipt: Receipt { number: 77, count: 3 }, at: Timestamp(1_700_000_000_123) };

    #[test]
    fn a_handle_is_read_by_its_queue_alone() {
        let text = sealer(1, 9).write(HANDLE);
        assert_eq!(sealer(1, 9).read(&text), Some(HANDLE));
        assert_eq!(sealer(1, 8).read(&text), None, "another life's secret");
    }

    #[test]
    fn a_changed_handle_is_none() {
        let sealer = sealer(1, 9);
        let text = sealer.write(HANDLE);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(sealer.read(&changed), None, "{changed}");
        }
        for other in ["", "x", "AAAA", &text[4..], &format!("{text}AAAA"), "ümlaut"] {
            assert_eq!(sealer.read(other), None, "{other}");
        }
    }
}
