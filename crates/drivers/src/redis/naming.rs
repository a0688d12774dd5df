//! Which names this project's keys have in a store.

use limits::Key;

/// Where things lie in the store. A version is part of each name, so that two versions of this program
/// never read each other's.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    /// What keys are hashed with.
    pub(crate) seed: String,
    /// Which nodes there are, by when they were last heard of.
    pub(crate) nodes: String,
    /// Written when a store is looked at.
    pub(crate) probe: String,
    limit: String,
}

impl Namespace {
    pub(crate) fn of(platform: &str) -> Self {
        let name = |what| format!("{platform}:v1:{what}");
        Self {
            seed: name("seed"),
            nodes: name("nodes"),
            probe: name("probe"),
            limit: name("limit"),
        }
    }

    pub(crate) fn limit(&self, key: Key) -> String {
        String::from_utf8_lossy(&self.name(key)).into_owned()
    }

    /// The same as bytes, written by hand: each request has one for each of its limits.
    pub(crate) fn name(&self, key: Key) -> Vec<u8> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut name = Vec::with_capacity(self.limit.len() + 17);
        name.extend_from_slice(self.limit.as_bytes());
        let mut hexadecimal = [b':'; 17];
        for (at, digit) in hexadecimal[1..].iter_mut().enumerate() {
            *digit = DIGITS[(key.hash() >> (60 - 4 * at) & 15) as usize];
        }
        name.extend_from_slice(&hexadecimal);
        name
    }

    pub(crate) fn slot(&self, key: Key) -> u16 {
        slot(&self.name(key))
    }
}

/// The Cluster slot of a key's name, as every Redis computes it.
fn slot(name: &[u8]) -> u16 {
    let tag = name.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &name[open + 1..];
        rest.iter().position(|byte| *byte == b'}').filter(|end| *end > 0).map(|end| &rest[..end])
    });
    crc16(tag.unwrap_or(name)) % SLOTS
}

pub(crate) const SLOTS: u16 = 16_384;

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis() {
        // As `CLUSTER KEYSLOT` says.
        let cases = [("", 0), ("foo", 12_182), ("{foo}bar", 12_182), ("123456789", 12_739)];
        for (name, expected) in cases {
            assert_eq!(slot(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn keys_are_hexadecimal() {
        let names = Namespace::of("shop");
        let name = |hash| names.limit(Key::from_hash(hash));
        assert_eq!(name(0x0123_4567_89ab_cdef), "shop:v1:limit:0123456789abcdef");
        assert_eq!(name(7), "shop:v1:limit:0000000000000007");
    }
}
