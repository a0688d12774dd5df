//! Topics and subscriptions as they are declared.
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

mod delivery_policy;
mod filter_policy;
mod retries;
mod subscription;

use std::collections::BTreeMap;

pub use delivery_policy::{DeliveryPolicy, PolicyProblem, TopicDelivery};
pub use filter_policy::{FilterPolicy, FilterScope, MOST_COMBINATIONS, MOST_KEYS};
pub use retries::{Backoff, Retries};
pub use subscription::{
    Confirmation, Endpoint, EndpointProblem, Protocol, Subscription, function_of,
};

use crate::resource::Declared;
use crate::{Account, Arn, TopicName};

/// A point that messages are published to, and from which they go to its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Topic {
    pub name: TopicName,
    /// `None` is a standard topic.
    pub fifo: Option<FifoTopic>,
    /// The sender's name in e-mail.
    pub display_name: String,
    /// Kept and given back as it was set.
    pub policy: Option<String>,
    pub delivery: TopicDelivery,
    pub signature: SignatureVersion,
    pub tags: BTreeMap<String, String>,
}

impl Topic {
    /// With AWS's defaults; a name that ends in `.fifo` makes a FIFO topic.
    pub fn new(name: TopicName) -> Self {
        let fifo = name.is_fifo().then(FifoTopic::default);
        Self {
            name,
            fifo,
            display_name: String::new(),
            policy: None,
            delivery: TopicDelivery::default(),
            signature: SignatureVersion::Sha1,
            tags: BTreeMap::new(),
        }
    }

    pub fn arn(&self, account: &Account) -> Arn {
        account.arn("sns", &self.name)
    }
}

impl Declared for Topic {
    fn name(&self) -> String {
        self.name.to_string()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FifoTopic {
    /// The deduplication id of a message without one is the SHA-256 of its body.
    pub deduplicates_content: bool,
    /// `FifoThroughputScope: MessageGroup`: a deduplication id is one within its group only.
    pub deduplicates_by_group: bool,
}

/// How messages are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SignatureVersion {
    /// Version 1.
    #[default]
    Sha1,
    /// Version 2.
    Sha256,
}

impl SignatureVersion {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "1",
            Self::Sha256 => "2",
        }
    }
}
