//! The secret itself, while it is in somebody's hands, and the digest that stays.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// API Gateway's bounds.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-key-usage.html>
pub const SHORTEST_KEY: usize = 20;
const LONGEST_KEY: usize = 128;

/// As many characters of a value as people see later.
const PREFIX: usize = 4;

/// The value of an API key. Never printed by accident, never kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

/// Why a text cannot be the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextProblem {
    #[error("a key's value has at least {SHORTEST_KEY} characters, this one has {0}")]
    TooShort(usize),
    #[error("a key's value has at most {LONGEST_KEY} characters, this one has {0}")]
    TooLong(usize),
    #[error("a key's value is printable ASCII without spaces")]
    Character,
}

impl KeyText {
    /// 40 letters and digits, 238 random bits.
    pub fn from_random(random: &[u32; 40]) -> Self {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let digit = |word: &u32| char::from(DIGITS[usize::try_from(word % 62).unwrap_or(0)]);
        Self(random.iter().map(digit).collect())
    }

    pub fn parse(text: &str) -> Result<Self, KeyTextProblem> {
        let length = text.chars().count();
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyTextProblem::Character);
        }
        if length < SHORTEST_KEY {
            return Err(KeyTextProblem::TooShort(length));
        }
        if length > LONGEST_KEY {
            return Err(KeyTextProblem::TooLong(length));
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    pub(super) fn prefix(&self) -> &str {
        self.0.get(..PREFIX).unwrap_or_default()
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The SHA-256 of a value.
///
/// A slow, salted hash protects what people choose and reuse. A key is long and random, so there is
/// nothing to guess; a fast hash lets each request be checked without a cache of secrets, and
/// without salt one look into a table finds the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of(value: &[u8]) -> Self {
        Self(Sha256::digest(value).into())
    }

    pub(super) fn first_word(&self) -> u64 {
        self.0.iter().take(8).fold(0, |word, byte| (word << 8) | u64::from(*byte))
    }

    /// Compares every byte, whatever the first ones say.
    pub fn is_same(&self, other: &Self) -> bool {
        let differing = self.0.iter().zip(&other.0).fold(0, |seen, (a, b)| seen | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[digest]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_values_are_forty_letters_and_digits() {
        let mut random = [0; 40];
        for (at, word) in random.iter_mut().enumerate() {
            *word = u32::try_from(at).expect("small") * 0x0539_7fb1;
        }
        let text = KeyText::from_random(&random);
        assert_eq!(text.reveal().len(), 40);
        assert!(text.reveal().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(KeyText::parse(text.reveal()), Ok(text));
    }

    #[test]
    fn values_of_other_shapes_are_refused() {
        let problem = |text: &str| KeyText::parse(text).expect_err("refused").to_string();
        assert_eq!(problem("short"), "a key's value has at least 20 characters, this one has 5");
        assert_eq!(
            problem(&"x".repeat(129)),
            "a key's value has at most 128 characters, this one has 129"
        );
        assert_eq!(
            problem("twenty characters ok"),
            "a key's value is printable ASCII without spaces"
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let text = KeyText::parse("0123456789abcdefghij").expect("a value");
        assert_eq!(format!("{text:?} {:?}", text.digest()), "[secret] [digest]");
    }

    #[test]
    fn digests_are_compared_whole() {
        let digest = Digest::of(b"a");
        assert!(digest.is_same(&Digest::of(b"a")));
        assert!(!digest.is_same(&Digest::of(b"b")));
    }
}
