//! One attempt to deliver a message to one endpoint.

use bytes::Bytes;
use http::{HeaderName, StatusCode};
use model::topic::{Endpoint, SignatureVersion, function_of};
use model::{Arn, DeliverError, Delivery, Target, Topic};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::confirm::Question;
use super::envelope::{Seal, Sealing};
use super::installed::{Compiled, Place};
use super::mail::Unsent;
use super::message::Published;
use super::parcel::{headers, in_queue, needs_seal};
use super::post::post;
use crate::Topics;

/// What a lane delivers, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Kept {
    Notification(Published),
    Question(Question),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// Why not, this time.
    Again(String),
    /// Why not, ever.
    Never(String),
}

impl Topics {
    /// What becomes of a delivery from a lane. A subscription that is gone wants nothing.
    pub(super) async fn attempt(&self, subscription: &Arn, kept: &Kept) -> Verdict {
        let published = match kept {
            Kept::Question(question) => return self.ask(question).await,
            Kept::Notification(published) => published,
        };
        let installed = self.installed();
        let Some((place, compiled)) = installed.subscription(subscription) else {
            return Verdict::Taken;
        };
        match self.seal_for(place, compiled, published).await {
            Ok(seal) => self.deliver(place, compiled, published, seal.as_ref()).await,
            Err(problem) => Verdict::Again(problem),
        }
    }

    /// The signature of what this subscription gets, where it gets one.
    pub(super) async fn seal_for(
        &self,
        place: &Place,
        compiled: &Compiled,
        published: &Published,
    ) -> Result<Option<Seal>, String> {
        if !needs_seal(compiled) {
            return Ok(None);
        }
        let body = published.bodies.of(compiled.declared.endpoint.protocol()).to_owned();
        let seals = self.seals(place.topic.signature, published, vec![body]).await?;
        Ok(seals.into_iter().next().map(|(_, seal)| seal))
    }

    /// Signs each of these bodies, away from the threads that answer requests.
    pub(super) async fn seals(
        &self,
        version: SignatureVersion,
        published: &Published,
        bodies: Vec<String>,
    ) -> Result<Vec<(String, Seal)>, String> {
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let signer = self.signer().await?;
        let (urls, published) = (self.urls().clone(), published.clone());
        let sign = move || {
            let sealing = Sealing { signer: &signer, version, urls: &urls };
            let seal = |body: String| {
                let seal = sealing.of(&published, &body);
                (body, seal)
            };
            bodies.into_iter().map(seal).collect()
        };
        tokio::task::spawn_blocking(sign).await.map_err(|error| error.to_string())
    }

    pub(super) async fn deliver(
        &self,
        place: &Place,
        compiled: &Compiled,
        published: &Published,
        seal: Option<&Seal>,
    ) -> Verdict {
        let parcel = match self.parcel(compiled, published, seal) {
            Ok(parcel) => parcel,
            Err(problem) => return Verdict::Never(problem),
        };
        match &compiled.declared.endpoint {
            Endpoint::Queue(arn) => match in_queue(arn, parcel.options) {
                Some(target) => self.hand_to(target, published, parcel.text).await,
                None => Verdict::Never(format!("{arn} is no queue")),
            },
            Endpoint::Function(arn) => match function_of(arn) {
                Some((name, qualifier)) => {
                    let target = Target::Function { name, qualifier };
                    self.hand_to(target, published, parcel.text).await
                }
                None => Verdict::Never(format!("{arn} is no function")),
            },
            Endpoint::Http(url) | Endpoint::Https(url) => {
                let headers = headers(&place.topic, compiled, published);
                post_to(url, headers, parcel.text).await
            }
            Endpoint::Email(address) | Endpoint::EmailJson(address) => {
                let default = "AWS Notification Message";
                let subject = published.subject.as_deref().unwrap_or(default);
                self.mail_to(&place.topic, address, subject, parcel.text, &published.id).await
            }
        }
    }

    pub(super) async fn hand_to(
        &self,
        target: Target,
        published: &Published,
        text: String,
    ) -> Verdict {
        let Some(port) = self.port() else {
            return Verdict::Again("the server is starting".to_owned());
        };
        let source = published.topic.clone();
        let delivery = Delivery { target, source, payload: Bytes::from(text), trace: None };
        match port.deliver(delivery).await {
            Ok(_) => Verdict::Taken,
            Err(DeliverError::Unavailable(problem)) => Verdict::Again(problem),
            Err(problem) => Verdict::Never(problem.to_string()),
        }
    }

    /// Without an SMTP server a mail is named where somebody may look for it.
    pub(super) async fn mail_to(
        &self,
        topic: &Topic,
        address: &str,
        subject: &str,
        text: String,
        id: &str,
    ) -> Verdict {
        let Some(mail) = self.mail() else {
            warn!(
                topic = %topic.name, to = address, message.id = id,
                "a mail was not sent, because no SMTP server is configured"
            );
            return Verdict::Taken;
        };
        match mail.send(&topic.display_name, address, subject, text).await {
            Ok(()) => Verdict::Taken,
            Err(Unsent::Again(problem)) => Verdict::Again(problem),
            Err(Unsent::Never(problem)) => Verdict::Never(problem),
        }
    }
}

pub(super) async fn post_to(
    url: &str,
    headers: Vec<(HeaderName, String)>,
    text: String,
) -> Verdict {
    match post(url, headers, Bytes::from(text)).await {
        Ok(status) => judge(status),
        Err(problem) => Verdict::Again(problem),
    }
}

/// Errors of the server and 429 may pass; everything else is the endpoint's last word.
/// <https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html>
fn judge(status: StatusCode) -> Verdict {
    let told = || format!("the endpoint answered {}", status.as_u16());
    if status.is_success() {
        Verdict::Taken
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Verdict::Again(told())
    } else {
        Verdict::Never(told())
    }
}

pub(super) fn encoded(kept: &Kept) -> Bytes {
    // Texts and numbers can always be written as JSON.
    Bytes::from(serde_json::to_vec(kept).unwrap_or_default())
}
