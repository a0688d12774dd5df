//! The limit engine. A caller turns each limit of a request into an [`Ask`] and has all of them
//! decided as one: every ask is debited, or none is and the violated policies are named.
//!
//! The engine sees 64-bit keys only. What a key stands for (an address, a header, a route) is hashed
//! once, at the edge, with a seed nobody outside the process knows; see [`KeyBuilder`].

pub mod headers;
pub mod leased;

mod decision;
mod gcra;
mod key;
mod local;
mod policy;

pub use decision::{Answer, Ask, Decision, MOST_ASKS, Standing};
pub use key::{Key, KeyBuilder, Seed};
pub use local::{Local, Usage};
pub use policy::{Policy, PolicyProblem};

use model::Moment;

/// Where limits are decided: in this process, or in a store that several nodes share.
pub trait Limits: Send + Sync {
    /// What keys are hashed with. Nodes that share limits share the seed.
    fn seed(&self) -> &Seed;

    /// Decides the asks of one request together. A denial debits none of them.
    ///
    /// # Panics
    /// If there are more than [`MOST_ASKS`].
    fn decide(&self, asks: &[Ask<'_>], now: Moment) -> Answer;

    /// What [`Limits::decide`] would say, debiting nothing.
    ///
    /// # Panics
    /// If there are more than [`MOST_ASKS`].
    fn peek(&self, asks: &[Ask<'_>], now: Moment) -> Answer;
}
