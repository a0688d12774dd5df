//! The name a schedule is kept under.

use std::fmt;

const MAX_LENGTH: usize = 30;

/// 1 to 30 ASCII letters; `Ana` and `ana` are two people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Username(String);

/// Why a text is not a username, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameProblem {
    TooLong,
    Empty,
    NotOnlyLetters,
}

impl Username {
    pub fn parse(text: &str) -> Result<Self, UsernameProblem> {
        if text.chars().count() > MAX_LENGTH {
            return Err(UsernameProblem::TooLong);
        }
        if text.is_empty() {
            return Err(UsernameProblem::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(UsernameProblem::NotOnlyLetters);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `Ana,Luis`, as the answers list unknown users.
pub fn joined(usernames: &[&Username]) -> String {
    usernames.iter().map(|username| username.as_str()).collect::<Vec<_>>().join(",")
}
