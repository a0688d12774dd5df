//! What is asked of the engine.

use std::fmt;
use std::sync::Arc;

use crate::{Key, Policy};

/// The most limits one request can meet.
pub const MOST_ASKS: usize = model::MOST_LIMITS;

/// One limit of a request.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub policy: &'a Policy,
    pub key: Key,
    /// Permits taken; at 0 nothing is debited and nothing denied. More than the policy's limit is
    /// never admitted.
    pub cost: u64,
    /// Says what the key stands for, for people who look at limits. Asked when a key is first seen,
    /// never on the way of an ordinary decision.
    pub name: Option<&'a dyn Naming>,
}

/// Knows what the keys of asks stand for: of one, which is then the name itself, or of all that a request
/// makes.
pub trait Naming {
    fn name(&self, ask: &Ask<'_>) -> Name;
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    /// In which hundredth of all keys it is, 0 to 99: a limit that is rolled out refuses those below its
    /// share. Nothing when nobody knows.
    pub hundredth: Option<u8>,
}

impl<T: fmt::Display> Naming for T {
    fn name(&self, _: &Ask<'_>) -> Name {
        Name { text: self.to_string().into(), hundredth: None }
    }
}

impl Naming for Name {
    fn name(&self, _: &Ask<'_>) -> Name {
        self.clone()
    }
}

impl<'a> Ask<'a> {
    pub fn one(policy: &'a Policy, key: Key) -> Self {
        Self { policy, key, cost: 1, name: None }
    }

    #[must_use]
    pub fn cost(self, cost: u64) -> Self {
        Self { cost, ..self }
    }

    #[must_use]
    pub fn named(self, name: &'a dyn Naming) -> Self {
        Self { name: Some(name), ..self }
    }
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}` for {:?}", self.cost, self.policy.name(), self.key)
    }
}
