//! All resources of a server at one moment.

use std::collections::BTreeMap;

use super::{Kept, OfKind, Resource, ResourceId};

/// Immutable; who wants to know more than one thing about a moment asks one snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    all: BTreeMap<ResourceId, Kept>,
}

impl Snapshot {
    pub fn kept(&self, id: &ResourceId) -> Option<&Kept> {
        self.all.get(id)
    }

    /// By name, with when it was made and changed.
    pub fn find<T: OfKind>(&self, name: impl std::fmt::Display) -> Option<(&T, &Kept)> {
        let kept = self.all.get(&ResourceId::of::<T>(name))?;
        Some((T::of(&kept.resource)?, kept))
    }

    /// By name.
    pub fn get<T: OfKind>(&self, name: impl std::fmt::Display) -> Option<&T> {
        self.find(name).map(|(found, _)| found)
    }

    /// All of one kind, by name.
    pub fn all<'a, T: OfKind + 'a>(&'a self) -> impl Iterator<Item = &'a T> {
        self.all.values().filter_map(|kept| T::of(&kept.resource))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ResourceId, &Kept)> {
        self.all.iter()
    }
}

impl FromIterator<Kept> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Kept>>(all: I) -> Self {
        Self { all: all.into_iter().map(|kept| (kept.resource.id(), kept)).collect() }
    }
}

/// What there would be if these were kept.
impl FromIterator<Resource> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Resource>>(all: I) -> Self {
        let kept = |resource| Kept {
            resource,
            origin: super::Origin::Manifest,
            revision: 1,
            created: crate::Timestamp(0),
            updated: crate::Timestamp(0),
        };
        all.into_iter().map(kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Queue, QueueName, ResourceKind};

    #[test]
    fn what_was_put_in_is_found_by_kind_and_name() {
        let queue = |name| Queue::new(QueueName::parse(name).expect("a name"));
        let snapshot: Snapshot =
            [queue("jobs"), queue("dead")].into_iter().map(Resource::from).collect();
        assert_eq!(snapshot.get::<Queue>("jobs"), Some(&queue("jobs")));
        assert_eq!(snapshot.get::<Queue>("others"), None);
        let names: Vec<_> = snapshot.all::<Queue>().map(|queue| queue.name.as_str()).collect();
        assert_eq!(names, ["dead", "jobs"]);
    }

    #[test]
    fn settings_survive_as_json() {
        let mut queue = Queue::new(QueueName::parse("jobs.fifo").expect("a name"));
        queue.visibility = std::time::Duration::from_millis(1_500);
        queue.tags.insert("team".to_owned(), "blue".to_owned());
        let resource = Resource::from(queue);
        let text = serde_json::to_string(&resource).expect("JSON");
        assert!(text.starts_with(r#"{"kind":"queue","settings":{"name":"jobs.fifo""#), "{text}");
        assert_eq!(serde_json::from_str::<Resource>(&text).ok(), Some(resource));
        assert_eq!(ResourceKind::Queue.as_str(), "queue");
    }
}
