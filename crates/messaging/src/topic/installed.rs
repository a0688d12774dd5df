//! The topics there are, with their subscriptions compiled: what a publication runs against.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::topic::{Endpoint, Retries};
use model::{Arn, FilterPolicy, Subscription, Topic};

use super::message::Published;

#[derive(Debug, Default)]
pub(crate) struct Installed {
    topics: BTreeMap<String, Arc<Place>>,
    by_arn: BTreeMap<Arn, (Arc<Place>, usize)>,
}

/// A topic and everybody who is subscribed to it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) topic: Topic,
    pub(super) subscriptions: Vec<Compiled>,
}

#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) arn: Arn,
    pub(super) declared: Subscription,
    filter: Option<FilterPolicy>,
}

impl Installed {
    /// A filter policy that is refused names its subscription.
    pub(crate) fn compile(
        topics: Vec<Topic>,
        subscriptions: Vec<Subscription>,
    ) -> Result<Self, String> {
        let mut by_topic: BTreeMap<String, Vec<Compiled>> = BTreeMap::new();
        for declared in subscriptions {
            let arn = declared.arn();
            let filter = declared.compiled_filter().map_err(|p| format!("{arn}: {p}"))?;
            let topic = declared.topic.resource().to_owned();
            by_topic.entry(topic).or_default().push(Compiled { arn, declared, filter });
        }
        let mut installed = Self::default();
        for topic in topics {
            let name = topic.name.to_string();
            let subscriptions = by_topic.remove(&name).unwrap_or_default();
            let place = Arc::new(Place { topic, subscriptions });
            for (at, compiled) in place.subscriptions.iter().enumerate() {
                installed.by_arn.insert(compiled.arn.clone(), (Arc::clone(&place), at));
            }
            installed.topics.insert(name, place);
        }
        Ok(installed)
    }

    pub(super) fn topic(&self, name: &str) -> Option<&Arc<Place>> {
        self.topics.get(name)
    }

    pub(super) fn subscription(&self, arn: &Arn) -> Option<(&Place, &Compiled)> {
        let (place, at) = self.by_arn.get(arn)?;
        Some((place, place.subscriptions.get(*at)?))
    }

    /// Those that are not here any more.
    pub(crate) fn gone_since<'a>(&self, earlier: &'a Self) -> Vec<&'a Arn> {
        earlier.by_arn.keys().filter(|arn| !self.by_arn.contains_key(*arn)).collect()
    }
}

impl Compiled {
    pub(super) fn wants(&self, published: &Published) -> bool {
        let is_confirmed = self.declared.is_confirmed();
        is_confirmed
            && self.filter.as_ref().is_none_or(|filter| {
                let body = published.bodies.of(self.declared.endpoint.protocol());
                filter.wants(body, &published.attributes)
            })
    }

    /// When failed deliveries are tried again.
    pub(super) fn retries(&self, topic: &Topic) -> Retries {
        match self.declared.endpoint {
            Endpoint::Queue(_) | Endpoint::Function(_) => Retries::INTERNAL,
            Endpoint::Email(_) | Endpoint::EmailJson(_) => Retries::MAIL,
            Endpoint::Http(_) | Endpoint::Https(_) => {
                let effective = topic.delivery.effective(self.declared.delivery.as_ref());
                effective.healthy_retry_policy.unwrap_or_default()
            }
        }
    }
}
