//! What a running server has beside the code and the routes of its stack: queues, and whatever else
//! both a manifest and an AWS call can make. All of it changes the same way.
//!
//! A new kind is one line below, and [`Declared`] beside its own type.

mod snapshot;

use std::fmt;
use std::sync::Arc;

use crate::{Account, Arn, Place, Timestamp};

pub use snapshot::Snapshot;

/// What every kind of resource says of itself.
pub trait Declared {
    /// Tells it from others of its kind: a name, or what stands for one.
    fn name(&self) -> String;

    /// What has to exist for this to work.
    fn references(&self) -> Vec<Arn> {
        Vec::new()
    }
}

/// A type that is one kind of resource.
pub trait OfKind: Declared + Sized {
    const KIND: ResourceKind;

    fn of(resource: &Resource) -> Option<&Self>;
}

macro_rules! resources {
    ($($kind:ident($type:ty) is $text:literal;)+) => {
        /// Anything that a manifest or an AWS call makes, changes and removes.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind", content = "settings")]
        pub enum Resource {
            $(#[serde(rename = $text)] $kind($type),)+
        }

        /// In the order in which they begin to exist.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum ResourceKind {
            $(#[serde(rename = $text)] $kind,)+
        }

        impl ResourceKind {
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text,)+ }
            }
        }

        impl Resource {
            pub fn id(&self) -> ResourceId {
                match self { $(Self::$kind(it) => ResourceId::new(ResourceKind::$kind, &it.name()),)+ }
            }

            /// What has to exist for it to work.
            pub fn references(&self) -> Vec<Arn> {
                match self { $(Self::$kind(it) => it.references(),)+ }
            }
        }

        $(
            impl From<$type> for Resource {
                fn from(it: $type) -> Self {
                    Self::$kind(it)
                }
            }

            impl OfKind for $type {
                const KIND: ResourceKind = ResourceKind::$kind;

                fn of(resource: &Resource) -> Option<&Self> {
                    match resource {
                        Resource::$kind(it) => Some(it),
                        _ => None,
                    }
                }
            }
        )+
    };
}

resources! {
    StoredParameter(crate::StoredParameter) is "parameter";
    Function(crate::MadeFunction) is "function";
    FunctionVersion(crate::PublishedVersion) is "function version";
    Alias(crate::Alias) is "alias";
    FunctionUrl(crate::FunctionUrl) is "function url";
    FunctionPolicy(crate::FunctionPolicy) is "function policy";
    ProvisionedConcurrency(crate::ProvisionedConcurrency) is "provisioned concurrency";
    ReservedConcurrency(crate::ReservedConcurrency) is "reserved concurrency";
    Queue(crate::Queue) is "queue";
    ScheduleGroup(crate::ScheduleGroup) is "schedule group";
    Schedule(crate::Schedule) is "schedule";
    EventRule(crate::EventRule) is "event rule";
    EventSourceMapping(crate::EventSourceMapping) is "event source mapping";
    Topic(crate::Topic) is "topic";
    Subscription(crate::Subscription) is "subscription";
    FunctionSettings(crate::FunctionSettings) is "function settings";
    EventInvokeConfig(crate::EventInvokeConfig) is "event invoke config";
    DeadLetters(crate::DeadLetters) is "dead letters";
    FunctionConfiguration(crate::FunctionConfiguration) is "function configuration";
}

impl Resource {
    /// As a kind of its own, if it is that.
    pub fn get<T: OfKind>(&self) -> Option<&T> {
        T::of(self)
    }
}

/// Names one resource of a server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ResourceId {
    pub kind: ResourceKind,
    pub name: Arc<str>,
}

impl ResourceId {
    pub fn new(kind: ResourceKind, name: &str) -> Self {
        Self { kind, name: name.into() }
    }

    pub fn of<T: OfKind>(name: impl fmt::Display) -> Self {
        Self { kind: T::KIND, name: name.to_string().into() }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `queue jobs`, as audit lines and change sets have it.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One step of a change, of which a server makes all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceChange {
    /// Adds the resource, or replaces the one with its id.
    Keep(Resource),
    /// Forgetting what is not there changes nothing.
    Forget(ResourceId),
}

impl ResourceChange {
    pub fn id(&self) -> ResourceId {
        match self {
            Self::Keep(resource) => resource.id(),
            Self::Forget(id) => id.clone(),
        }
    }
}

/// Who decides that something exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It comes and goes with the manifest.
    Manifest,
    /// Somebody created it on the running server.
    Operator,
}

/// A resource as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub resource: Resource,
    pub origin: Origin,
    /// 1 when it is made; one more with each change.
    pub revision: u64,
    pub created: Timestamp,
    pub updated: Timestamp,
}

fn absence(to: &Arn, ours: &Account) -> &'static str {
    match ours.place_of(to) {
        Place::Here => "which does not exist",
        Place::OtherRegion => "which is in another region",
        Place::OtherAccount => "which is another account's",
    }
}

/// Why a change was not made. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// Look again, and decide again.
    #[error("{0} was changed by somebody else meanwhile")]
    Outdated(ResourceId),
    /// `ours` is the only account whose resources there are.
    #[error("{resource} refers to `{to}`, {}", absence(to, ours))]
    Dangling { resource: ResourceId, to: Arn, ours: Account },
    #[error("{0}")]
    Refused(String),
    /// It may be accepted later.
    #[error("{0}")]
    Unavailable(String),
}
