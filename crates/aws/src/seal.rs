//! The port through which secrets are made unreadable before they are kept.

/// Seals texts with a key that only this server has.
pub trait Seal: Send + Sync {
    /// Every time another text, also of the same secret. It opens for `owner` alone.
    fn seal(&self, secret: &str, owner: &str) -> String;

    /// What was sealed for `owner`; `None` if it was not, or with another key.
    fn open(&self, sealed: &str, owner: &str) -> Option<String>;
}
