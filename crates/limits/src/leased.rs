//! Limits that nodes share by leasing permits ahead of their use.
//!
//! A node asks the store for about as many permits as its callers will use in the next moments. The
//! store debits them before it answers, and the node hands them out by decrementing a number in its
//! memory. What is not used within `ttl` of asking is void, and goes back to the store where that
//! changes nothing.
//!
//! # The bound
//! Let `R` be the rate, `B` the burst and `t` the `ttl`. Nodes admit in *any* span of length `W`, all
//! together, at most
//!
//! > `R * (W + t) + B`
//!
//! requests, whatever their number, the demand, the delays, and whoever crashes.
//!
//! 1. A request is admitted with a permit that the store debited before it answered, so before the
//!    request; and no earlier than the node sent its ask, since the store had not seen it.
//! 2. A node stops using a permit `t` after it *sent* the ask, by its monotonic clock. So the debit is at
//!    most `t` older than the request.
//! 3. Hence requests of a span of length `W` have distinct permits debited, and never handed back, in a
//!    span of length `W + t`. Those obey the bucket's law, which [`Account`] proves: at most
//!    `R * (W + t) + B`.
//!
//! The excess over `R * W + B` is at most `R * t`: one part in `W / t`. Permits that die with a node, or
//! with a message, are lost: the limit is then used less, never more. A window, such as a quota's, has no
//! refill, and its permits are void when it ends, so that the excess is zero. See [`overshoot_bound`].
//!
//! What the bound leaves out, because no arithmetic holds it:
//! * A store that loses its last writes grants the lost permits again: at most that many more, once.
//! * A store whose clock leaps ahead by `s` refills for `s`: at most `R * s` more, and no more than `B`.
//! * A decision is made at the moment that is handed in. A thread that is stopped between reading the
//!   clock and deciding acts on one request as of then.
//!
//! # Who does what
//! [`Leased`] decides, and says what to ask of the store: [`Leased::work`]. [`lend`] carries that to a
//! [`Ledger`]. A simulation does the same with virtual messages.

mod account;
mod attempt;
mod bell;
mod counter;
mod demand;
mod heat;
mod ledger;
mod lender;
mod limits;
mod memory;
mod node;
mod pouch;
mod purse;
mod wait;

pub use account::{Account, Terms};
pub use counter::{Counter, Present};
pub use ledger::{Grant, LeaseAsk, Ledger, LedgerProblem, Leftover, Pending, Receipt};
pub use lender::lend;
pub use memory::{Books, Memory};
pub use node::{Batch, Lease, Leased, Work};

use std::time::Duration;

use model::{Mode, Rule};

/// How long permits of a key whose policy names no `ttl` may be used.
pub const DEFAULT_TTL: Duration = Duration::from_millis(50);

/// Permits by which nodes that lease for `ttl` may together exceed the rule over any span of time.
pub fn overshoot_bound(rule: &Rule, ttl: Duration) -> u32 {
    match *rule {
        Rule::Rate { rate, .. } => {
            let permits = ttl.as_nanos() * u128::from(rate.permits);
            let permits = permits.div_ceil(rate.per.as_nanos().max(1));
            u32::try_from(permits).unwrap_or(u32::MAX)
        }
        _ => 0,
    }
}

/// The same of a limit as its `mode` has it leased.
pub fn overshoot_bound_in(mode: Mode, rule: &Rule) -> u32 {
    match mode {
        Mode::Exact => 0,
        Mode::Leased { ttl } => overshoot_bound(rule, ttl),
        Mode::Auto if node::is_worth_leasing(rule) => overshoot_bound(rule, DEFAULT_TTL),
        Mode::Auto => 0,
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
