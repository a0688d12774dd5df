//! What a limit counts by, hashed once so that names and addresses stay out of the hot table.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::{IpAddr, Ipv6Addr};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use crate::Policy;
use crate::policy::Identity;

/// Keys the hash, so that nobody outside can compute two callers that share a limit.
#[derive(Clone)]
pub struct Seed {
    words: [u64; 2],
    shared: SharedSeed,
}

impl Seed {
    /// `words` come from a random source, or from the store when nodes share limits.
    pub fn new(words: [u64; 2]) -> Self {
        Self { words, shared: SharedSeed::from_u64(words[1]) }
    }

    /// For a store that keeps what is counted by these keys.
    pub fn words(&self) -> [u64; 2] {
        self.words
    }

    /// Starts the key of one limit. Policies never share keys.
    #[inline]
    pub fn key(&self, policy: &Policy) -> KeyBuilder<'_> {
        let mut hasher = FoldHasher::with_seed(self.words[0], &self.shared);
        let Identity { limit, rule } = policy.parts();
        hasher.write_u64(limit);
        KeyBuilder { hasher, rule }
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed([secret])")
    }
}

/// One caller under one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(crate) u64);

impl Key {
    /// A key that was hashed elsewhere.
    pub fn from_hash(hash: u64) -> Self {
        Self(hash)
    }

    pub fn hash(self) -> u64 {
        self.0
    }

    /// The same caller's under another rule of the same limit.
    pub(crate) fn under(self, now: &Policy, before: u64) -> Self {
        Self(self.0 ^ before ^ now.identity())
    }
}

/// Hashes keys for maps: a key is a hash by itself.
pub type HashOfKey = BuildHasherDefault<AsItIs>;

/// Hands on what it is given.
#[derive(Debug, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Adds the dimensions of a key, always in the same order.
#[must_use]
pub struct KeyBuilder<'a> {
    hasher: FoldHasher<'a>,
    rule: u64,
}

impl KeyBuilder<'_> {
    pub fn text(mut self, value: &[u8]) -> Self {
        self.add_text(value);
        self
    }

    pub fn absent(mut self) -> Self {
        self.add_absent();
        self
    }

    pub fn client(mut self, address: IpAddr) -> Self {
        self.add_client(address);
        self
    }

    /// A header, a path parameter, a route.
    #[inline]
    pub fn add_text(&mut self, value: &[u8]) {
        self.hasher.write_u8(1);
        self.hasher.write_usize(value.len());
        self.hasher.write(value);
    }

    /// A value the request does not have; differs from an empty one.
    #[inline]
    pub fn add_absent(&mut self) {
        self.hasher.write_u8(2);
    }

    /// A client's address. One customer of an IPv6 provider has a whole /64, so that is one caller;
    /// an IPv4 address written as IPv6 is the IPv4 address.
    #[inline]
    pub fn add_client(&mut self, address: IpAddr) {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                self.hasher.write_u8(4);
                self.hasher.write_u32(v4.to_bits());
            }
            IpAddr::V6(v6) => {
                self.hasher.write_u8(6);
                self.hasher.write_u64(network(v6));
            }
        }
    }

    #[inline]
    pub fn finish(self) -> Key {
        Key(self.hasher.finish() ^ self.rule)
    }
}

fn network(address: Ipv6Addr) -> u64 {
    (address.to_bits() >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Rate, Rule};

    use super::*;

    fn policy(name: &str) -> Policy {
        let rate = Rate { permits: 20, per: Duration::from_mins(1) };
        Policy::new("public", name, Rule::Rate { rate, burst: 20 }).expect("policy")
    }

    fn client(address: &str) -> Key {
        let address = address.parse().expect("address");
        Seed::new([7, 11]).key(&policy("p")).client(address).finish()
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.7"), client("192.0.2.7"));
        assert_ne!(client("192.0.2.7"), client("192.0.2.8"));
    }

    #[test]
    fn dimensions_do_not_run_together() {
        let seed = Seed::new([7, 11]);
        let policy = policy("p");
        let two = |a: &[u8], b: &[u8]| seed.key(&policy).text(a).text(b).finish();
        assert_ne!(two(b"ab", b"c"), two(b"a", b"bc"));
        assert_ne!(two(b"", b"x"), two(b"x", b""));
        assert_ne!(seed.key(&policy).text(b"").finish(), seed.key(&policy).absent().finish());
    }

    #[test]
    fn policies_and_seeds_separate_keys() {
        let seed = Seed::new([7, 11]);
        let key = |seed: &Seed, name| seed.key(&policy(name)).text(b"x").finish();
        assert_eq!(key(&seed, "p"), key(&seed, "p"));
        assert_ne!(key(&seed, "p"), key(&seed, "q"));
        assert_ne!(key(&seed, "p"), key(&Seed::new([7, 12]), "p"));
        assert_ne!(key(&seed, "p"), key(&Seed::new([8, 11]), "p"));
    }

    #[test]
    fn a_seed_does_not_print() {
        assert_eq!(format!("{:?}", Seed::new([7, 11])), "Seed([secret])");
    }
}
