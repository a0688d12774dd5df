//! A message as a store keeps it.

use std::fmt;

use model::Timestamp;

use super::Number;

/// Random; written as a UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub [u8; 16]);

impl MessageId {
    /// Version 4 of a UUID, out of random bytes.
    pub fn random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for byte in self.0 {
            if matches!(at, 8 | 13 | 18 | 23) {
                at += 1;
            }
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    pub sent: Timestamp,
    /// Every message of a FIFO queue has one; one of a standard queue may.
    pub group: Option<Box<str>>,
    pub body: Box<str>,
    /// What else it carries, which no store reads.
    pub extras: Option<Box<str>>,
    /// The body's MD5, where whoever put it knew that: receivers are told, and it takes longer than
    /// to fetch the body.
    pub md5: Option<[u8; 16]>,
}

/// A message that comes to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub message: Message,
    /// It stays hidden until then.
    pub until: Option<Timestamp>,
    pub deduplication: Option<Deduplication>,
    /// How often it was claimed elsewhere, and when first.
    pub claimed: Option<(u32, Timestamp)>,
    /// When it came, where that is not when it was sent.
    pub came: Option<Timestamp>,
}

impl Put {
    pub fn new(message: Message) -> Self {
        Self { message, until: None, deduplication: None, claimed: None, came: None }
    }
}

/// By what a message is told from its copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduplication {
    pub digest: [u8; 32],
    /// One that was put no later than this is forgotten.
    pub since: Timestamp,
    /// When this one is put.
    pub at: Timestamp,
}

/// What became of a message that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The first copy's, if this is another.
    pub id: MessageId,
    pub number: Number,
    pub is_copy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_uuids() {
        let id = MessageId::random([0xff; 16]);
        assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
