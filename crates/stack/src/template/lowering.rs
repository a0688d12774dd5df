//! From the resources of a template to the native manifest.

mod api;
mod cache;
mod definition;
mod function;
mod http;
mod integration;
mod invocation;
mod layer;
mod output;
mod plan;
mod queue;
mod rest;
mod rule;
mod stored_parameter;
mod target;
mod topic;
mod trigger;
mod validation;

use super::assembly::Assembly;
use super::bag::Bag;
use super::document::Resource;
use super::kind::Kind;
use super::native::Native;
use super::values::Values;
use crate::foreign::json;
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Entry, Node};
pub(super) use api::{Preflight, Stage, elsewhere};
pub(crate) use function::needs_build;

/// A template on its way to the native manifest.
pub(super) struct Lowering<'a> {
    pub(super) values: &'a Values<'a>,
    /// Where files are that a template of the CDK means by digests.
    pub(super) assembly: Option<&'a Assembly>,
    pub(super) told: &'a mut Told,
    pub(super) native: Native,
    /// Routes whose API may follow.
    pending: Vec<api::Pending>,
    /// Subscriptions whose topic may follow: its name, and the subscription with its place.
    subscriptions: Vec<(String, Span, Node)>,
    stages: Vec<api::Staged>,
    /// Models whose API may follow, by its logical id.
    models: Vec<(String, Entry)>,
    /// Settings of functions that are resources of their own: the function's name, a key and its value.
    settings: Vec<(String, &'static str, Node)>,
    plans: Vec<&'a Resource<'a>>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        values: &'a Values<'a>,
        assembly: Option<&'a Assembly>,
        told: &'a mut Told,
    ) -> Self {
        Self {
            values,
            assembly,
            told,
            native: Native::default(),
            pending: Vec::new(),
            subscriptions: Vec::new(),
            stages: Vec::new(),
            models: Vec::new(),
            settings: Vec::new(),
            plans: Vec::new(),
        }
    }

    /// Lowers every resource that its condition does not rule out.
    pub(super) fn resources(&mut self) {
        for resource in &self.values.document.resources {
            let is_outside = self.values.outside.contains(resource.id());
            if !is_outside && self.is_made(resource) {
                self.values.check_name(resource, self.told);
                self.resource(resource);
            }
        }
        self.join();
        for plan in std::mem::take(&mut self.plans) {
            self.usage_plan(plan);
        }
        self.subscribe();
        for (function, key, value) in std::mem::take(&mut self.settings) {
            let span = value.span;
            if !self.native.set("functions", &function, key, value) {
                let message = format!("`{function}` is not a function of this template");
                self.told.unsupported(message, span);
            }
        }
    }

    /// Whether its condition, if it has one, does not rule a resource out.
    fn is_made(&mut self, resource: &Resource<'_>) -> bool {
        let condition = resource.condition;
        condition
            .is_none_or(|(name, span)| self.values.condition(name, span, self.told) != Some(false))
    }

    /// Adds subscriptions to their topics, once every topic is known.
    fn subscribe(&mut self) {
        for (topic, span, subscription) in std::mem::take(&mut self.subscriptions) {
            if !self.native.push("topics", &topic, "subscriptions", subscription) {
                let message = format!("`{topic}` is not a topic of this template");
                self.told.unsupported(message, span);
            }
        }
    }

    fn resource(&mut self, resource: &'a Resource<'a>) {
        match Kind::of(resource.kind) {
            Some(Kind::Function) => self.function(resource),
            Some(Kind::Api) => self.api(resource),
            Some(Kind::Queue) => self.queue(resource),
            Some(Kind::Topic) => self.topic(resource),
            Some(Kind::Subscription) => self.subscription(resource),
            Some(Kind::Rule) => self.rule(resource),
            Some(Kind::Schedule) => self.schedule(resource),
            Some(Kind::Cache) => self.cache(resource),
            Some(Kind::StoredParameter) => self.stored_parameter(resource),
            Some(Kind::RestResource) => self.rest_resource(resource),
            Some(Kind::Method) => self.method(resource),
            Some(Kind::Deployment) => self.deployment(resource),
            Some(Kind::Stage) => self.rest_stage(resource),
            Some(Kind::Route) => self.route(resource),
            Some(Kind::Model) => self.model(resource),
            Some(Kind::RequestValidator) => self.request_validator(resource),
            // What it says of single routes is read once every route is known.
            Some(Kind::UsagePlan) => self.plans.push(resource),
            Some(Kind::ApiKey) => self.api_key(resource),
            Some(Kind::UsagePlanKey) => self.usage_plan_key(resource),
            Some(Kind::EventInvoke) => self.event_invoke(resource),
            Some(Kind::Url) => self.url_of(resource),
            Some(Kind::EventSourceMapping) => self.event_source_mapping(resource),
            Some(Kind::Noted | Kind::Permission | Kind::Version | Kind::Alias) => {
                let message =
                    format!("`{}` has no meaning here: `{}`", resource.kind, resource.id());
                self.told.note(message, resource.kind_span);
            }
            // These are read where functions and routes name them.
            Some(Kind::Layer) => self.check_layer(resource),
            Some(Kind::Integration) => {}
            None => {
                let message = format!("resources of type `{}` are not supported", resource.kind);
                self.told.unsupported(message, resource.kind_span);
            }
        }
    }

    pub(super) fn bag(&self, resource: &'a Resource<'a>) -> Bag<'a> {
        Bag::new(resource.kind, resource.properties)
    }

    /// The value of a property with its functions evaluated.
    pub(super) fn value(&mut self, node: Option<&Node>) -> Option<Node> {
        self.values.evaluate(node?, self.told)
    }

    /// A scalar, so that the manifest reads it as what it is and not as text.
    pub(super) fn plain(&mut self, node: Option<&Node>, unit: &str) -> Option<Node> {
        let text = self.text(node)?;
        Some(Node::plain(node?.span, text + unit))
    }

    pub(super) fn text(&mut self, node: Option<&Node>) -> Option<String> {
        self.values.text(node?, self.told)
    }

    /// A scalar of a value that was evaluated already, so that the manifest reads it as what it is.
    pub(super) fn plain_of(&mut self, node: Option<&Node>, unit: &str) -> Option<Node> {
        let text = self.evaluated(node)?;
        Some(Node::plain(node?.span, text + unit))
    }

    /// JSON of a value that was evaluated already, which may be written as text.
    pub(super) fn parsed(&mut self, node: Option<&Node>) -> Option<Node> {
        let node = node?;
        let Some(text) = node.as_text().filter(|_| !node.is_unresolved()) else {
            return Some(node.clone());
        };
        let tree = json::tree(text, node.span);
        if tree.is_none() {
            self.refuse("this is not JSON", node.span);
        }
        tree
    }

    /// The text of a value that was evaluated already.
    pub(super) fn evaluated(&mut self, node: Option<&Node>) -> Option<String> {
        let node = node?;
        if node.is_unresolved() {
            return None;
        }
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            self.refuse(format!("text is needed here, not {}", node.kind()), node.span);
        }
        text
    }

    pub(super) fn refuse(&mut self, message: impl Into<String>, span: Span) {
        self.told.problems.push(Problem::new(Code::WrongType, message).at(span, ""));
    }

    /// What the manifest calls a value of AWS's.
    pub(super) fn one_of(&mut self, node: Option<&Node>, known: &[(&str, &str)]) -> Option<Node> {
        let text = self.text(node)?;
        let span = node?.span;
        let found = known.iter().find(|(theirs, _)| *theirs == text);
        if found.is_none() {
            let all: Vec<String> = known.iter().map(|(theirs, _)| format!("`{theirs}`")).collect();
            self.refuse(format!("`{text}` is not one of {}", all.join(", ")), span);
        }
        found.map(|(_, ours)| Node::plain(span, *ours))
    }

    /// Whether a text is true, as templates write it.
    pub(super) fn flag(&mut self, node: Option<&Node>) -> Option<bool> {
        let text = self.text(node)?;
        match &*text.to_ascii_lowercase() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.refuse(format!("`{text}` is neither `true` nor `false`"), node?.span);
                None
            }
        }
    }
}
