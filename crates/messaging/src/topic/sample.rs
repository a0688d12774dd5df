//! The event that a function would get for a message that nobody published.

use model::{Account, Arn, Timestamp};

use super::Urls;
use super::envelope::{self, Seal};
use super::message::{Bodies, Published};

/// A message that is only imagined.
#[derive(Debug, Clone)]
pub struct Sample {
    pub topic: String,
    pub message: String,
    pub subject: Option<String>,
    /// Its own, and its subscription's.
    pub ids: [String; 2],
    pub at: Timestamp,
    /// Where clients reach the AWS port.
    pub base: String,
}

impl Sample {
    /// Written by what writes the events of real messages; its signature signs nothing.
    pub fn event(self, account: &Account) -> String {
        let Self { topic, message, subject, ids: [id, subscription], at, base } = self;
        let arn = account.arn("sns", &topic);
        let subscription = account.arn("sns", format_args!("{topic}:{subscription}"));
        let urls = Urls { base };
        let published = published(arn, id, message, subject, at);
        let unsubscribe = urls.unsubscribe(&subscription);
        envelope::event(&published, &subscription, &Seal::sample(&urls), &unsubscribe)
    }
}

fn published(
    topic: Arn,
    id: String,
    message: String,
    subject: Option<String>,
    at: Timestamp,
) -> Published {
    let bodies = Bodies::One(message);
    Published { id, topic, at, subject, bodies, attributes: Vec::new(), fifo: None, group: None }
}
