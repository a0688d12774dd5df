//! Accepts a message: everybody who wants it has it, or is known to have yet to get it.

use std::sync::Arc;

use futures_util::future::join_all;
use model::topic::Endpoint;
use model::{Topic, TopicName};
use store::{AcceptedId, DueDelivery, Publication};
use tracing::warn;

use super::accept::scoped;
use super::attempt::{Kept, Verdict, encoded};
use super::envelope::Seal;
use super::installed::{Compiled, Place};
use super::message::{Checked, InOrder, Message, PublishError, Published};
use super::parcel::needs_seal;
use crate::Topics;

/// What the publisher is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: String,
    /// Of a FIFO topic.
    pub sequence: Option<u64>,
}

impl Topics {
    /// `Ok` says that the message is safe: queues and functions have it, and what goes over a
    /// network is kept until it was delivered or given up.
    pub async fn publish(
        self: &Arc<Self>,
        topic: &TopicName,
        message: Message,
    ) -> Result<Receipt, PublishError> {
        let installed = self.installed();
        let place = Arc::clone(installed.topic(topic.as_str()).ok_or(PublishError::NoTopic)?);
        let checked = message.check(&place.topic)?;
        if checked.fifo.is_some() {
            return self.publish_in_order(&place, message, checked).await;
        }
        let published = self.published(&place.topic, message, checked, None);
        let id = published.id.clone();
        self.fan_out(&place, published, Vec::new()).await?;
        Ok(Receipt { id, sequence: None })
    }

    /// Whether the topic would take such a message.
    pub fn check(&self, topic: &TopicName, message: &Message) -> Result<(), PublishError> {
        let installed = self.installed();
        let place = installed.topic(topic.as_str()).ok_or(PublishError::NoTopic)?;
        message.check(&place.topic).map(|_| ())
    }

    /// Each message for itself; those to a FIFO topic one after the other.
    pub async fn publish_batch(
        self: &Arc<Self>,
        topic: &TopicName,
        messages: Vec<Message>,
    ) -> Vec<Result<Receipt, PublishError>> {
        if !topic.is_fifo() {
            return join_all(messages.into_iter().map(|message| self.publish(topic, message)))
                .await;
        }
        let mut receipts = Vec::new();
        for message in messages {
            receipts.push(self.publish(topic, message).await);
        }
        receipts
    }

    /// Whoever publishes to a group waits for those before. The line is a group's, or the whole
    /// topic's where its deduplication ids are.
    async fn publish_in_order(
        self: &Arc<Self>,
        place: &Place,
        message: Message,
        checked: Checked,
    ) -> Result<Receipt, PublishError> {
        let Some((group, deduplication)) = checked.fifo.clone() else {
            return Err(PublishError::GroupRequired);
        };
        let arn = place.topic.arn(self.account());
        let by_group = place.topic.fifo.is_some_and(|fifo| fifo.deduplicates_by_group);
        let line = self.line(&arn, by_group.then_some(group.as_str()));
        let _turn = line.lock().await;
        let key = scoped(&place.topic, &group, &deduplication);
        let now = self.now();
        let sequence = {
            let mut accepted = self.accepted();
            if let Some(known) = accepted.find(&arn, &key, now) {
                let (id, sequence) = (known.message.clone(), Some(known.sequence));
                return Ok(Receipt { id, sequence });
            }
            accepted.next_number(now)
        };
        let fifo = InOrder { group, deduplication, sequence };
        let published = self.published(&place.topic, message, checked, Some(fifo));
        let message = published.id.clone();
        let id = AcceptedId { topic: arn, deduplication: key, message, sequence, at: now };
        self.fan_out(place, published, vec![id.clone()]).await?;
        let receipt = Receipt { id: id.message.clone(), sequence: Some(sequence) };
        let tidied = {
            let mut accepted = self.accepted();
            accepted.note(id);
            accepted.tidy(now)
        };
        if let Some(before) = tidied
            && let Err(error) = self.store().forget_accepted(before).await
        {
            warn!("old deduplication ids stay for now: {error}");
        }
        Ok(receipt)
    }

    fn published(
        &self,
        topic: &Topic,
        message: Message,
        checked: Checked,
        fifo: Option<InOrder>,
    ) -> Published {
        Published {
            id: self.new_id(),
            topic: topic.arn(self.account()),
            at: self.now(),
            subject: message.subject,
            bodies: checked.bodies,
            attributes: message.attributes,
            group: if fifo.is_none() { message.group } else { None },
            fifo,
        }
    }

    /// Delivers what needs no network, and keeps the rest together with the ids.
    async fn fan_out(
        self: &Arc<Self>,
        place: &Place,
        published: Published,
        accepted: Vec<AcceptedId>,
    ) -> Result<(), PublishError> {
        let wanting = place.subscriptions.iter().filter(|compiled| compiled.wants(&published));
        let (at_once, later): (Vec<_>, Vec<_>) =
            wanting.partition(|compiled| self.is_at_once(&place.topic, compiled));
        let due = |compiled: &Compiled, attempts| {
            let delay = compiled.retries(&place.topic).delay(attempts).unwrap_or_default();
            let subscription = compiled.arn.clone();
            DueDelivery { subscription, attempts, due: published.at.plus(delay) }
        };
        let mut to: Vec<_> = later.into_iter().map(|compiled| due(compiled, 0)).collect();
        let seals = self.seals_of(place, &published, &at_once).await;
        let hand_over = at_once.into_iter().map(|compiled| {
            let (seals, published) = (&seals, &published);
            async move { (compiled, self.hand_over(place, compiled, published, seals).await) }
        });
        for (compiled, verdict) in join_all(hand_over).await {
            if let Verdict::Again(problem) = verdict {
                let (subscription, id) = (&compiled.arn, &published.id);
                warn!(%subscription, message.id = id, "a delivery is tried again: {problem}");
                to.push(due(compiled, 1));
            }
        }
        if to.is_empty() && accepted.is_empty() {
            return Ok(());
        }
        let woken: Vec<_> = to.iter().map(|due| due.subscription.clone()).collect();
        let topic = published.topic.clone();
        let message = encoded(&Kept::Notification(published));
        let publication = Publication { topic, message, to };
        self.store().keep_publications(vec![publication], accepted).await?;
        for subscription in &woken {
            self.wake(subscription);
        }
        Ok(())
    }

    /// In a FIFO topic, nothing overtakes what waits on the subscription's lane.
    fn is_at_once(&self, topic: &Topic, compiled: &Compiled) -> bool {
        let is_ours =
            matches!(compiled.declared.endpoint, Endpoint::Queue(_) | Endpoint::Function(_));
        is_ours && (topic.fifo.is_none() || !self.has_lane(&compiled.arn))
    }

    /// One signature for each body that is delivered at once.
    async fn seals_of(
        &self,
        place: &Place,
        published: &Published,
        to: &[&Compiled],
    ) -> Result<Vec<(String, Seal)>, String> {
        let sealed = to.iter().filter(|compiled| needs_seal(compiled));
        let mut bodies: Vec<_> = sealed
            .map(|compiled| published.bodies.of(compiled.declared.endpoint.protocol()).to_owned())
            .collect();
        bodies.sort();
        bodies.dedup();
        self.seals(place.topic.signature, published, bodies).await
    }

    async fn hand_over(
        &self,
        place: &Place,
        compiled: &Compiled,
        published: &Published,
        seals: &Result<Vec<(String, Seal)>, String>,
    ) -> Verdict {
        let body = published.bodies.of(compiled.declared.endpoint.protocol());
        let seal = match seals {
            Ok(seals) => seals.iter().find(|(sealed, _)| sealed == body).map(|(_, seal)| seal),
            Err(problem) => return Verdict::Again(problem.clone()),
        };
        let seal = seal.filter(|_| needs_seal(compiled));
        match self.deliver(place, compiled, published, seal).await {
            Verdict::Never(reason) => self.bury(compiled, published, seal, &reason).await,
            verdict => verdict,
        }
    }
}
