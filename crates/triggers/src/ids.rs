//! Ids that are made of what they stand for, so that doing a thing again does not make it another
//! thing.

use model::{Arn, RequestId, Timestamp};
use sha2::{Digest, Sha256};

/// The id of what a schedule starts at one due time: a UUID.
pub(crate) fn of_firing(schedule: &Arn, due: Timestamp) -> RequestId {
    let digest = Sha256::new()
        .chain_update(schedule.as_str())
        .chain_update([0])
        .chain_update(due.0.to_be_bytes())
        .finalize();
    RequestId::from_random(front(&digest))
}

/// A number that looks random and is always the same for the same text.
pub(crate) fn scatter(text: &str) -> u64 {
    let wide = front(&Sha256::digest(text));
    u64::try_from(wide >> 64).unwrap_or_default()
}

/// The same for the same text, and always of the same length.
pub(crate) fn digest(text: &str) -> String {
    format!("{:032x}", front(&Sha256::digest(text)))
}

fn front(digest: &[u8]) -> u128 {
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
