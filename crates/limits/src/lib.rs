//! The limit engine. A caller turns each limit of a request into an [`Ask`] and has all of them
//! decided as one: every ask is debited, or none is and the violated policies are named.
//!
//! The engine sees 64-bit keys only. What a key stands for (an address, a header, a route) is hashed
//! once, at the edge, with a seed nobody outside the process knows; see [`KeyBuilder`].

pub mod adaptive;
pub mod headers;
pub mod leased;

#[cfg(any(test, feature = "conformance"))]
#[macro_use]
pub mod conformance;

mod ask;
mod count;
mod decision;
mod gcra;
mod key;
mod local;
mod look;
mod permit;
mod policy;
mod reply;
mod standing;

pub use ask::{Ask, MOST_ASKS, Name, Naming};
pub use decision::Decision;
pub use key::{HashOfKey, Key, KeyBuilder, Seed};
pub use local::{Filled, HeaderProblem, Local, Named, Names, OnFull, OpenProblem, Room, Usage};
pub use look::{Entry, InForce, Look};
pub use permit::Permit;
pub use policy::{Policy, PolicyProblem};
pub use reply::{Answer, Reply, StoreProblem};
pub use standing::{Degraded, Standing, Verdict};

/// Ways in for fuzz/.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    /// Whether a file of counts may begin like this.
    pub fn is_counts_header(bytes: &[u8]) -> bool {
        crate::local::is_header(bytes)
    }

    /// Whether a line of the file beside it names a paused key.
    pub fn is_pause_name(line: &str) -> bool {
        crate::local::is_pause_name(line)
    }
}

use model::{Now, Timestamp};

/// Where limits are decided: in this process, or in a store that several nodes share.
///
/// # Panics
/// Methods that take several asks panic when there are more than [`MOST_ASKS`].
pub trait Limits: Send + Sync {
    /// What keys are hashed with. Nodes that share limits share the seed.
    fn seed(&self) -> &Seed;

    /// Decides the asks of one request together. A denial debits none of them and names every policy
    /// that was violated.
    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer;

    /// What [`Limits::decide`] would say, debiting nothing.
    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer;

    /// The same as far as is known here, without asking anybody: where nothing is, nothing was used.
    fn last_known(&self, asks: &[Ask<'_>], _now: Now) -> Decision {
        Decision::with(asks.len(), |index| Standing::admitted(asks[index].policy.limit()))
    }

    /// Gives back what a decision made at `taken` debited, as if it had not been made: never above
    /// full, and nothing where the window it was counted in is over. Frees slots of concurrency.
    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now);

    /// Corrects the cost of a debit made at `taken` once it is known: `extra` more, or less when
    /// negative. It may leave a key overdrawn; its next callers then wait for it.
    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now);

    /// Denies whatever asks for this key under this policy until then. The later of two pauses holds.
    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>>;

    /// Ends a pause. What the key has used stays used.
    fn resume(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>>;

    /// Has the pauses of limits whose rules were changed hold under those in force: of callers whose names
    /// are known. Whoever asks under the rule before is not paused any more.
    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Reply<Result<(), StoreProblem>>;

    /// Gives the key all of its limit back; slots in use stay in use.
    fn reset(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>>;

    /// Takes what the key has used down to `used`, counted as of now; what is less stays. Slots in use stay in
    /// use.
    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Reply<Result<(), StoreProblem>>;

    /// Where keys stand that were asked for by name, the fullest first.
    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>>;
}
