//! Topics: what becomes of a message between its publisher and the endpoints of its subscriptions.
//!
//! Queues and functions get a message before its publisher is told that it was accepted; what
//! goes over a network is kept first. A delivery that failed is kept too, and tried again on the
//! subscription's lane.

mod accept;
mod attempt;
mod bury;
mod confirm;
mod envelope;
mod installed;
mod lane;
mod mail;
mod message;
mod parcel;
mod post;
mod publish;
mod sample;
mod signer;
mod url;

#[cfg(test)]
mod tests;

pub use mail::{Mail, MailProblem};
pub use message::{Message, PublishError, Published, Structure};
pub use publish::Receipt;
pub use sample::Sample;
pub use signer::{Signer, SignerProblem};

pub(crate) use accept::{Accepted, WINDOW};
pub(crate) use installed::Installed;
pub(crate) use lane::Lane;
pub(crate) use url::Urls;
