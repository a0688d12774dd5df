//! What travels between nodes and the store.

use limits::leased::{Grant, LeaseAsk, Leftover};
use limits::{Key, Policy};

/// To the store.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Lease {
        id: u64,
        asks: Vec<LeaseAsk>,
    },
    TakeBack(Vec<Leftover>),
    Debit {
        id: u64,
        asks: Vec<(Policy, Key, u64)>,
    },
    /// What the rival has used, by count.
    Report {
        used: u64,
    },
}

/// To a node.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Granted {
        id: u64,
        grants: Vec<Grant>,
    },
    Debited {
        id: u64,
        is_allowed: bool,
    },
    /// Used by everybody, in the rival's window.
    Total {
        used: u64,
    },
}
