//! What one acceptor has seen. Written by its thread alone, read by any.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Refusal;

/// A number with one writer: an increment is a plain load and store.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add_one(&self) {
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }
}

/// Why a connection was closed at accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TurnedAway {
    /// Its client holds as many connections as it may.
    ClientCap,
    /// The server holds as many connections as it may.
    ServerCap,
    /// The process has no file descriptor left.
    NoDescriptor,
}

impl TurnedAway {
    pub const ALL: [Self; 3] = [Self::ClientCap, Self::ServerCap, Self::NoDescriptor];

    pub fn label(self) -> &'static str {
        match self {
            Self::ClientCap => "client_cap",
            Self::ServerCap => "server_cap",
            Self::NoDescriptor => "no_descriptor",
        }
    }
}

/// Which of the [`ConnectionLimits`](crate::ConnectionLimits) ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeout {
    TlsHandshake,
    FirstByte,
    Head,
    Body,
    Idle,
    WriteStall,
}

impl Timeout {
    pub const ALL: [Self; 6] =
        [Self::TlsHandshake, Self::FirstByte, Self::Head, Self::Body, Self::Idle, Self::WriteStall];

    pub fn label(self) -> &'static str {
        match self {
            Self::TlsHandshake => "tls_handshake",
            Self::FirstByte => "first_byte",
            Self::Head => "head",
            Self::Body => "body",
            Self::Idle => "idle",
            Self::WriteStall => "write_stall",
        }
    }
}

#[derive(Debug)]
pub struct Counters {
    /// Connections that were let in.
    pub accepted: Count,
    /// Of those, connections that have ended.
    pub closed: Count,
    pub tls_failed: Count,
    /// Connections that were taken over by an upgrade.
    pub upgraded: Count,
    turned_away: [Count; TurnedAway::ALL.len()],
    timeouts: [Count; Timeout::ALL.len()],
    refusals: [Count; Refusal::ALL.len()],
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            accepted: Count::default(),
            closed: Count::default(),
            tls_failed: Count::default(),
            upgraded: Count::default(),
            turned_away: std::array::from_fn(|_| Count::default()),
            timeouts: std::array::from_fn(|_| Count::default()),
            refusals: std::array::from_fn(|_| Count::default()),
        }
    }
}

impl Counters {
    pub fn open(&self) -> u64 {
        self.accepted.get().saturating_sub(self.closed.get())
    }

    pub fn turned_away(&self, reason: TurnedAway) -> &Count {
        &self.turned_away[reason as usize]
    }

    pub fn timeouts(&self, kind: Timeout) -> &Count {
        &self.timeouts[kind as usize]
    }

    pub fn refusals(&self, reason: Refusal) -> &Count {
        &self.refusals[reason as usize]
    }
}
