//! Asks an endpoint whether it wants to be subscribed, and tells it when it no longer is.

use std::sync::Arc;

use model::topic::{Confirmation, Endpoint};
use model::{Arn, Subscription, Timestamp};
use serde::{Deserialize, Serialize};
use store::{DueDelivery, Publication, StoreError};

use super::attempt::{Kept, Verdict, encoded, post_to};
use super::envelope::{Asked, Question as Sealed, Sealing};
use super::parcel::message_headers;
use super::signer;
use crate::Topics;

/// What an endpoint is asked. It stands for itself: the subscription may be gone by then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Question {
    kind: Asked,
    id: String,
    topic: Arn,
    token: String,
    at: Timestamp,
    endpoint: Endpoint,
}

impl Topics {
    /// Whether somebody has to agree before this endpoint is subscribed. Queues and functions
    /// are the server's own; and where no mail can be sent, nobody could be asked.
    pub fn needs_consent(&self, endpoint: &Endpoint) -> bool {
        match endpoint {
            Endpoint::Queue(_) | Endpoint::Function(_) => false,
            Endpoint::Http(_) | Endpoint::Https(_) => true,
            Endpoint::Email(_) | Endpoint::EmailJson(_) => self.mail().is_some(),
        }
    }

    /// Nobody guesses it, whatever else of ours they have seen.
    pub fn new_token(&self) -> String {
        signer::token()
    }

    /// Sends the token of a pending subscription to its endpoint.
    pub async fn ask_for_consent(
        self: &Arc<Self>,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        let Confirmation::Pending { token } = &subscription.confirmation else { return Ok(()) };
        self.put_question(Asked::Subscription, subscription, token.clone()).await
    }

    /// Tells an HTTP endpoint that it is not subscribed any more; its answer could undo that.
    pub async fn tell_of_end(
        self: &Arc<Self>,
        subscription: &Subscription,
        token: String,
    ) -> Result<(), StoreError> {
        match subscription.endpoint {
            Endpoint::Http(_) | Endpoint::Https(_) if subscription.is_confirmed() => {
                self.put_question(Asked::Unsubscription, subscription, token).await
            }
            _ => Ok(()),
        }
    }

    async fn put_question(
        self: &Arc<Self>,
        kind: Asked,
        subscription: &Subscription,
        token: String,
    ) -> Result<(), StoreError> {
        let (arn, topic) = (subscription.arn(), subscription.topic.clone());
        let (at, endpoint) = (self.now(), subscription.endpoint.clone());
        let question =
            Question { kind, id: self.new_id(), topic: topic.clone(), token, at, endpoint };
        let message = encoded(&Kept::Question(question));
        let to = vec![DueDelivery { subscription: arn.clone(), attempts: 0, due: at }];
        self.store()
            .keep_publications(vec![Publication { topic, message, to }], Vec::new())
            .await?;
        self.wake(&arn);
        Ok(())
    }

    pub(super) async fn ask(&self, question: &Question) -> Verdict {
        let signer = match self.signer().await {
            Ok(signer) => signer,
            Err(problem) => return Verdict::Again(problem),
        };
        let installed = self.installed();
        let place = installed.topic(question.topic.resource());
        let version = place.map(|place| place.topic.signature).unwrap_or_default();
        let sealing = Sealing { signer: &signer, version, urls: self.urls() };
        let text = sealing.confirmation(&Sealed {
            kind: question.kind,
            id: &question.id,
            topic: &question.topic,
            token: &question.token,
            at: question.at,
        });
        match &question.endpoint {
            Endpoint::Http(url) | Endpoint::Https(url) => {
                let kind = question.kind.as_str();
                let mut headers = message_headers(kind, &question.id, &question.topic);
                headers.push((http::header::CONTENT_TYPE, "text/plain; charset=UTF-8".to_owned()));
                post_to(url, headers, text).await
            }
            Endpoint::Email(address) => {
                let Some(place) = place else { return Verdict::Taken };
                let link = self.urls().confirm(&question.topic, &question.token);
                let text = format!(
                    "You have chosen to subscribe to the topic\n{}\n\nTo confirm this subscription, visit\n{link}\n",
                    question.topic
                );
                self.mail_to(&place.topic, address, SUBJECT, text, &question.id).await
            }
            Endpoint::EmailJson(address) => {
                let Some(place) = place else { return Verdict::Taken };
                self.mail_to(&place.topic, address, SUBJECT, text, &question.id).await
            }
            Endpoint::Queue(_) | Endpoint::Function(_) => Verdict::Taken,
        }
    }
}

const SUBJECT: &str = "AWS Notification - Subscription Confirmation";
