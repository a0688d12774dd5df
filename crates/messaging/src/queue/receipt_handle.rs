//! What a receiver gets to prove that a message is in its hands: the receipt, sealed by its queue.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use model::Timestamp;
use sha2::Sha256;
use store::{KeptQueue, Receipt};

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

pub fn write(queue: &KeptQueue, handle: Handle) -> String {
    let mut bytes = [0; SAID + SEAL];
    bytes[0] = VERSION;
    bytes[1..5].copy_from_slice(&queue.id.0.to_be_bytes());
    bytes[5..13].copy_from_slice(&handle.receipt.number.to_be_bytes());
    bytes[13..17].copy_from_slice(&handle.receipt.count.to_be_bytes());
    bytes[17..25].copy_from_slice(&handle.at.0.to_be_bytes());
    let (said, seal) = bytes.split_at_mut(SAID);
    seal.copy_from_slice(&sealed(queue, said).finalize().into_bytes()[..SEAL]);
    STANDARD.encode(bytes)
}

/// `None` of what this queue has not written, in this life.
pub fn read(queue: &KeptQueue, text: &str) -> Option<Handle> {
    let mut bytes = [0; SAID + SEAL + 2];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    let (said, seal) = bytes.get(..length)?.split_at_checked(SAID)?;
    if seal.len() != SEAL || sealed(queue, said).verify_truncated_left(seal).is_err() {
        return None;
    }
    let wide = |at: usize| said[at..at + 8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let count = said[13..17].iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    Some(Handle { receipt: Receipt { number: wide(5), count }, at: Timestamp(wide(17)) })
}

fn sealed(queue: &KeptQueue, said: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&queue.secret).expect("a key may have any length");
    mac.update(said);
    mac
}

#[cfg(test)]
mod tests {
    use model::QueueName;
    use store::{Discipline, QueueId};

    use super::*;

    fn queue(id: u32, secret: u8) -> KeptQueue {
        let name = QueueName::parse("jobs").expect("a name");
        KeptQueue { id: QueueId(id), name, discipline: Discipline::Standard, secret: [secret; 16] }
    }

    const HANDLE: Handle =
        Handle { receipt: Receipt { number: 77, count: 3 }, at: Timestamp(1_700_000_000_123) };

    #[test]
    fn a_handle_is_read_by_its_queue_alone() {
        let text = write(&queue(1, 9), HANDLE);
        assert_eq!(read(&queue(1, 9), &text), Some(HANDLE));
        assert_eq!(read(&queue(1, 8), &text), None, "another life's secret");
    }

    #[test]
    fn a_changed_handle_is_none() {
        let queue = queue(1, 9);
        let text = write(&queue, HANDLE);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(read(&queue, &changed), None, "{changed}");
        }
        for other in ["", "x", "AAAA", &text[4..], &format!("{text}AAAA"), "ümlaut"] {
            assert_eq!(read(&queue, other), None, "{other}");
        }
    }
}
