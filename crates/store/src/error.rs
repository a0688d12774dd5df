//! Why a store did not do what it was asked.

use model::ResourceId;

/// What went wrong. Whatever it is, nothing that was acknowledged is lost by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Accepted again as soon as there is room.
    #[error(
        "the store {place} cannot grow ({reason}); nothing new is accepted until there is room: free some on its disk, or take or purge messages"
    )]
    Full { place: String, reason: String },
    /// Accepted again after a restart with a sound file.
    #[error(
        "the store {place} is damaged ({reason}); nothing is accepted: stop the server and put a backup in its place"
    )]
    Damaged { place: String, reason: String },
    #[error(
        "the store {place} has the layout {found}, and this version knows layouts up to {known}; use the version that wrote it, or a newer one"
    )]
    Newer { place: String, found: u32, known: u32 },
    #[error("the file {place} is not a store of tidegate; name another state folder")]
    Foreign { place: String },
    #[error("the store {place} cannot be used: {reason}")]
    Unusable { place: String, reason: String },
    /// Another thing of that kind has it.
    #[error("{what} `{value}` is taken")]
    Taken { what: &'static str, value: String },
    /// Somebody changed it since it was read.
    #[error("{0} was changed by somebody else meanwhile")]
    Outdated(ResourceId),
    #[error("there is no such queue; it may have been deleted meanwhile")]
    NoQueue,
    #[error("the store is closed")]
    Closed,
}
