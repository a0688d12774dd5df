//! Addresses of ours that messages carry: of the signing certificate, and for who was subscribed.

use model::Arn;

/// Where clients reach the AWS port, as in `http://127.0.0.1:4566`.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    pub(crate) base: String,
}

impl Urls {
    pub(super) fn unsubscribe(&self, subscription: &Arn) -> String {
        format!("{}/?Action=Unsubscribe&SubscriptionArn={subscription}", self.base)
    }

    pub(super) fn confirm(&self, topic: &Arn, token: &str) -> String {
        format!("{}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}", self.base)
    }

    pub(super) fn certificate(&self, file: &str) -> String {
        format!("{}/sns/{file}", self.base)
    }
}
