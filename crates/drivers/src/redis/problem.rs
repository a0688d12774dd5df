//! Why a store cannot keep limits, named so that one knows what to change.

use std::time::Duration;

use redis::{ErrorKind, RedisError};

/// What is wrong with a store. The address is host and port, never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the limit store's address cannot be read: {0}; write redis://host:port")]
    Address(String),
    #[error(
        "the limit store at {at} cannot be reached: {cause}; look at its address and whether it runs"
    )]
    Unreachable { at: String, cause: String },
    #[error(
        "the limit store at {at} did not answer within {}ms; look at its load and the network between",
        after.as_millis()
    )]
    Silent { at: String, after: Duration },
    #[error(
        "what answers at {at} is not Redis: {cause}; give the address of a Redis or Valkey server"
    )]
    NotRedis { at: String, cause: String },
    #[error("the limit store at {at} refuses the password; put the right one into its address")]
    Password { at: String },
    #[error(
        "the limit store at {at} wants a password; put it into its address: redis://:password@host"
    )]
    PasswordMissing { at: String },
    #[error(
        "the limit store at {at} is a replica, which cannot count; give the address of its primary"
    )]
    Replica { at: String },
    #[error(
        "the limit store at {at} is one of several servers and no node of a Cluster; give one address, since \
         servers that know nothing of each other cannot keep a limit together"
    )]
    Several { at: String },
    #[error("the limit store at {at} is loading its data; wait until it has")]
    Loading { at: String },
    #[error("the limit store at {at} is full; raise its `maxmemory`")]
    Full { at: String },
    #[error("the limit store at {at} runs no scripts for this user; allow `+eval +evalsha`")]
    NoScripts { at: String },
    #[error(
        "the limit store at {at} denies this user what limits need, which is `+eval +evalsha +time +info \
         +cluster +@read +@write`: {cause}"
    )]
    Denied { at: String, cause: String },
    #[error(
        "the Cluster at {at} does not serve all slots: {cause}; run `redis-cli --cluster check {at}`"
    )]
    Incomplete { at: String, cause: String },
    #[error(
        "the limit store at {at} does not answer, or not as fast as it is asked; look whether it runs"
    )]
    Busy { at: String },
    #[error("the limit store at {at} says of a limit what nobody can read; delete its key")]
    Unreadable { at: String },
    #[error("the limit store at {at} refused: {cause}")]
    Refused { at: String, cause: String },
}

impl Problem {
    /// What an error of the client's says about the store.
    pub(crate) fn of(error: &RedisError, at: &str) -> Self {
        let at = at.to_owned();
        let cause = error.detail().map_or_else(|| error.to_string(), str::to_owned);
        let code = error.code().unwrap_or_default();
        // Before version 7 an error inside of a script comes with the script's own code.
        let says = |word: &str| code == word || cause.contains(&format!("-{word} "));
        let lower = cause.to_ascii_lowercase();
        match error.kind() {
            ErrorKind::AuthenticationFailed => return Self::password(at, &lower),
            ErrorKind::Io if error.is_timeout() => {
                return Self::Unreachable { at, cause: "timed out".to_owned() };
            }
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
                return Self::Unreachable { at, cause: error.to_string() };
            }
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
                return Self::NotRedis { at, cause };
            }
            _ => {}
        }
        if says("NOAUTH") || says("WRONGPASS") {
            Self::password(at, &lower)
        } else if says("READONLY") {
            Self::Replica { at }
        } else if says("LOADING") {
            Self::Loading { at }
        } else if says("OOM") {
            Self::Full { at }
        } else if says("CLUSTERDOWN") || says("MASTERDOWN") {
            Self::Incomplete { at, cause }
        } else if lower.contains("eval") || lower.contains("'script") {
            Self::NoScripts { at }
        } else if says("NOPERM") || lower.contains("can't run this command") {
            Self::Denied { at, cause }
        } else {
            let cause = if code.is_empty() { cause } else { format!("{code} {cause}") };
            Self::Refused { at, cause }
        }
    }

    /// Whether the store may be well, and only what it was asked is wrong with it: a key that somebody else
    /// has written to.
    pub(crate) fn may_be_of_one_key(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Refused { .. })
    }

    /// Whether it may go away without anybody's doing: a store that starts, or that the network will
    /// lead to again.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Silent { .. }
                | Self::Loading { .. }
                | Self::Incomplete { .. }
                | Self::Busy { .. }
        )
    }

    fn password(at: String, cause: &str) -> Self {
        let is_missing = cause.contains("authentication required");
        if is_missing { Self::PasswordMissing { at } } else { Self::Password { at } }
    }
}
