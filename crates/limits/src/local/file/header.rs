//! What the file begins with.

use std::ops::Range;

use crate::{Policy, Seed};

/// A page: what follows begins at one.
pub(crate) const HEADER_BYTES: usize = 4096;

const MAGIC: [u8; 16] = *b"tidegate counts\n";
const VERSION: u64 = 1;
/// Words after the magic that are covered by the checksum, which follows them.
const COVERED: usize = 7;

/// Why a file does not hold counts that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    #[error("this is not a file of counts")]
    Foreign,
    #[error("its counts are of format {0}, and this version reads format {VERSION}")]
    Version(u64),
    #[error("its first page is damaged")]
    Damaged,
    #[error("it is {is} bytes long instead of {should}")]
    Length { is: u64, should: u64 },
    #[error("it has room for more keys than are asked for")]
    Room,
    #[error("its keys were hashed by another version")]
    Hash,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    seed: [u64; 2],
    /// Of the tables, in words.
    lengths: [u64; 3],
    /// What the seed made of a known key, so that a hash that changed is noticed.
    known: u64,
}

impl Header {
    /// The word that counts how often the file was opened; not covered by the checksum.
    pub(super) const OPENED: usize = 2 + COVERED + 1;

    pub(super) fn new(seed: &Seed, parts: &[Range<usize>; 3]) -> Self {
        let lengths = parts.clone().map(|part| part.len() as u64);
        Self { seed: seed.words(), lengths, known: known(seed) }
    }

    pub(super) fn seed(&self) -> Seed {
        Seed::new(self.seed)
    }

    fn covered(&self) -> [u64; COVERED] {
        let ([a, b], [x, y, z]) = (self.seed, self.lengths);
        [VERSION, a, b, x, y, z, self.known]
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let covered = self.covered();
        for word in covered.iter().chain([&checksum(&covered)]) {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeaderProblem> {
        let words = bytes.strip_prefix(&MAGIC).ok_or(HeaderProblem::Foreign)?;
        let (words, _) = words.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let Some((covered, [sum, ..])) = words.split_first_chunk::<COVERED>() else {
            return Err(HeaderProblem::Damaged);
        };
        if covered[0] != VERSION {
            return Err(HeaderProblem::Version(covered[0]));
        }
        if checksum(covered) != *sum {
            return Err(HeaderProblem::Damaged);
        }
        let [_, a, b, x, y, z, known] = *covered;
        Ok(Self { seed: [a, b], lengths: [x, y, z], known })
    }

    /// Where each table's words are, in a file that is as long as `is` and has room for no more keys than
    /// in the `wanted` parts.
    pub(super) fn check(
        &self,
        wanted: &[Range<usize>; 3],
        is: u64,
    ) -> Result<[Range<usize>; 3], HeaderProblem> {
        let mut lengths = wanted.clone().map(|part| part.len());
        for (length, has) in lengths.iter_mut().zip(self.lengths) {
            let has = usize::try_from(has).ok().filter(|has| has <= length);
            *length = has.ok_or(HeaderProblem::Room)?;
        }
        let parts = super::laid_out(lengths);
        let should = super::bytes(&parts);
        if is != should {
            return Err(HeaderProblem::Length { is, should });
        }
        if self.known != known(&self.seed()) {
            return Err(HeaderProblem::Hash);
        }
        Ok(parts)
    }
}

fn known(seed: &Seed) -> u64 {
    let rule = model::Rule::Concurrency { slots: 1 };
    let policy = Policy::new("a known scope", "a known name", rule);
    policy.map_or(0, |policy| seed.key(&policy).text(b"a known key").finish().hash())
}

/// FNV-1a: against damage, not against people.
fn checksum(words: &[u64; COVERED]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
