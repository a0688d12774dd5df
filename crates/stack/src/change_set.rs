//! What applying a stack would change.

mod display;
mod property;

use std::collections::{BTreeMap, BTreeSet};

use model::{FunctionConfiguration, Listener, ResourceKind, Stack};
use serde_json::Value;

/// The difference between what is and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct ChangeSet {
    pub added: Vec<Resource>,
    pub changed: Vec<Change>,
    pub removed: Vec<Resource>,
    /// Which of the added and changed ones an API changed since the stack was applied: this sets them
    /// back.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub drifted: BTreeSet<Resource>,
}

/// Names one element of a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Resource {
    pub kind: Kind,
    /// A route's is its API and route key: `public GET /orders`.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Listener,
    Store,
    Function,
    Process,
    Cache,
    Upstream,
    Api,
    Route,
    #[serde(rename = "usage plan")]
    UsagePlan,
    #[serde(rename = "key")]
    ApiKey,
    /// What AWS calls can make as well.
    #[serde(untagged)]
    Made(ResourceKind),
}

/// A resource that stays, with what becomes different about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub resource: Resource,
    pub properties: Vec<PropertyChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PropertyChange {
    /// `timeout`, `timeouts.connect`, `environment.REDIS_URL`.
    pub property: String,
    /// `None` when the property was not there before.
    pub old: Option<Shown>,
    /// `None` when the property goes away.
    pub new: Option<Shown>,
}

/// A property's value as far as it may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Shown {
    Value(Value),
    /// A function's or process's environment may hold secrets: that it changes is told, not what it holds.
    #[serde(serialize_with = "property::serialize_hidden")]
    Hidden,
}

impl ChangeSet {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Compares what runs, if anything, with what is wanted.
pub fn between(old: Option<&Stack>, new: &Stack) -> ChangeSet {
    let before = old.map(resources).unwrap_or_else(|| {
        // There is always one way in, so it is never new.
        let listener = Resource { kind: Kind::Listener, name: String::new() };
        BTreeMap::from([(listener, property::of(&Listener::default()))])
    });
    let after = resources(new);
    let mut changes = ChangeSet::default();
    for (resource, wanted) in &after {
        match before.get(resource) {
            None => changes.added.push(resource.clone()),
            Some(current) if current == wanted => {}
            Some(current) => {
                let properties = property::changes(resource.kind, current, wanted);
                changes.changed.push(Change { resource: resource.clone(), properties });
            }
        }
    }
    let gone = before.keys().filter(|resource| !after.contains_key(resource));
    changes.removed.extend(gone.cloned());
    changes
}

/// As [`between`] what is running and what is wanted, and tells what is only different since an API
/// changed what `applied` declared.
pub fn with_drift(applied: &Stack, running: &Stack, wanted: &Stack) -> ChangeSet {
    let (running, configurations) = without_configurations(running);
    let mut changes = between(Some(&running), wanted);
    let is_drifted = |resource: &&Resource| {
        let Kind::Made(kind) = resource.kind else { return false };
        let id = model::ResourceId::new(kind, &resource.name);
        let declared = applied.resources.get(&id);
        declared.is_some() && declared != running.resources.get(&id)
    };
    let changed = changes.changed.iter().map(|change| &change.resource);
    changes.drifted = changes.added.iter().chain(changed).filter(is_drifted).cloned().collect();
    for configuration in configurations {
        let Some(function) = wanted.functions.get(&configuration.function) else { continue };
        let declared = configuration.of_same(function).into();
        let kind = Kind::Made(model::ResourceKind::FunctionConfiguration);
        let resource = Resource { kind, name: configuration.function.to_string() };
        let properties = differences(&configuration.into(), &declared);
        changes.changed.push(Change { resource: resource.clone(), properties });
        changes.drifted.insert(resource);
    }
    changes
}

/// What AWS calls changed of how functions run is declared by nobody, and goes with the next apply.
fn without_configurations(running: &Stack) -> (Stack, Vec<FunctionConfiguration>) {
    let mut running = running.clone();
    let mut configurations = Vec::new();
    running.resources.retain(|_, resource| match resource {
        model::Resource::FunctionConfiguration(configuration) => {
            configurations.push(configuration.clone());
            false
        }
        _ => true,
    });
    (running, configurations)
}

/// What is different about a resource that both have.
pub fn differences(old: &model::Resource, new: &model::Resource) -> Vec<PropertyChange> {
    let kind = Kind::Made(new.id().kind);
    property::changes(kind, &property::of_made(old), &property::of_made(new))
}

/// Every resource with its properties.
pub fn resources(stack: &Stack) -> BTreeMap<Resource, Value> {
    let mut all = BTreeMap::new();
    let mut add = |kind, name: String, properties| {
        all.insert(Resource { kind, name }, properties);
    };
    add(Kind::Listener, String::new(), property::of(&stack.listener));
    if let Some(store) = &stack.limits_store {
        add(Kind::Store, String::new(), property::of(store));
    }
    for (name, function) in &stack.functions {
        add(Kind::Function, name.to_string(), property::of(function));
    }
    for (name, process) in &stack.processes {
        add(Kind::Process, name.to_string(), property::of(process));
    }
    for (name, cache) in &stack.caches {
        add(Kind::Cache, name.to_string(), property::of(cache));
    }
    for (name, upstream) in &stack.upstreams {
        add(Kind::Upstream, name.to_string(), property::of(upstream));
    }
    for (name, plan) in &stack.usage_plans {
        add(Kind::UsagePlan, name.to_string(), property::of(plan));
    }
    for (name, key) in &stack.keys {
        add(Kind::ApiKey, name.to_string(), property::of(key));
    }
    for (id, resource) in &stack.resources {
        add(Kind::Made(id.kind), id.name.to_string(), property::of_made(resource));
    }
    for api in &stack.apis {
        let mut properties = property::of(api);
        property::forget(&mut properties, "routes");
        add(Kind::Api, api.name.to_string(), properties);
        for route in &api.routes {
            let mut properties = property::of(route);
            property::forget(&mut properties, "method");
            property::forget(&mut properties, "path");
            add(Kind::Route, format!("{} {}", api.name, route.key()), properties);
        }
    }
    all
}
