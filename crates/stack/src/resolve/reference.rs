//! References from routes to what they call, and what nothing refers to.

use std::collections::BTreeMap;

use super::Scope;
use crate::manifest::Manifest;
use crate::problem::{Code, Problem};
use crate::shape::did_you_mean;
use crate::source::Span;

/// Names compared to suggest what was meant, over all problems.
const MOST_COMPARED: usize = 50_000;

/// What a route or an upstream refers to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defined {
    Function,
    Process,
    Cache,
    Upstream,
    Queue,
    Topic,
    Api,
}

impl Defined {
    fn noun(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Process => "process",
            Self::Cache => "cache",
            Self::Upstream => "upstream",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Api => "API",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Function => "functions",
            Self::Process => "processes",
            Self::Cache => "caches",
            Self::Upstream => "upstreams",
            Self::Queue => "queues",
            Self::Topic => "topics",
            Self::Api => "apis",
        }
    }
}

/// A resource that routes may refer to.
#[derive(Debug)]
struct Target {
    span: Span,
    is_referred_to: bool,
}

/// Everything that routes may refer to, by name.
#[derive(Debug, Default)]
pub(super) struct Targets<'a> {
    functions: BTreeMap<&'a str, Target>,
    processes: BTreeMap<&'a str, Target>,
    caches: BTreeMap<&'a str, Target>,
    upstreams: BTreeMap<&'a str, Target>,
    queues: BTreeMap<&'a str, Target>,
    topics: BTreeMap<&'a str, Target>,
    apis: BTreeMap<&'a str, Target>,
}

impl<'a> Targets<'a> {
    pub(super) fn of(manifest: &'a Manifest) -> Self {
        let target = |(name, span)| (name, Target { span, is_referred_to: false });
        let functions = manifest.functions.iter().flat_map(|all| all.places());
        let processes = manifest.processes.iter().flat_map(|all| all.places());
        let caches = manifest.caches.iter().flat_map(|all| all.places());
        let upstreams = manifest.upstreams.iter().flat_map(|all| all.places());
        let topics = manifest.topics.iter().flat_map(|all| all.places());
        let queues = manifest.queues.iter().flat_map(|all| all.places());
        let apis = manifest.apis.iter().flat_map(|all| all.places());
        Self {
            functions: functions.map(target).collect(),
            processes: processes.map(target).collect(),
            caches: caches.map(target).collect(),
            upstreams: upstreams.map(target).collect(),
            queues: queues.map(target).collect(),
            topics: topics.map(target).collect(),
            apis: apis.map(target).collect(),
        }
    }

    fn all(&mut self, kind: Defined) -> &mut BTreeMap<&'a str, Target> {
        match kind {
            Defined::Function => &mut self.functions,
            Defined::Process => &mut self.processes,
            Defined::Cache => &mut self.caches,
            Defined::Upstream => &mut self.upstreams,
            Defined::Queue => &mut self.queues,
            Defined::Topic => &mut self.topics,
            Defined::Api => &mut self.apis,
        }
    }
}

impl Scope<'_> {
    /// Notes that a route calls `name`, or reports that the stack does not define it.
    pub(super) fn refer(&mut self, kind: Defined, name: &str, span: Span) {
        let all = self.targets.all(kind);
        if let Some(target) = all.get_mut(name) {
            target.is_referred_to = true;
            return;
        }
        // Looking for what is near walks through all names, so not for thousands of both.
        let is_cheap = self.problems.len() * all.len() < MOST_COMPARED;
        let near = is_cheap.then(|| did_you_mean(name, all.keys().copied())).flatten();
        let (noun, key) = (kind.noun(), kind.key());
        let help = near.unwrap_or_else(|| format!("define it: `{key}: {{ {name}: ... }}`"));
        let message = format!("the {noun} `{name}` is not defined in this stack");
        self.problems.push(Problem::new(Code::Dangling, message).at(span, "").help(help));
    }

    /// Warns of functions and upstreams that no route calls.
    pub(super) fn unused(&mut self) {
        for (name, target) in &self.targets.functions {
            if !target.is_referred_to {
                let message = format!("nothing calls the function `{name}`");
                let warning = Problem::new(Code::UnusedFunction, message)
                    .at(target.span, "")
                    .help("give it a route, a trigger or a schedule; until then, only the Lambda API's `Invoke` runs it");
                self.warnings.push(warning);
            }
        }
        for (name, target) in &self.targets.processes {
            if !target.is_referred_to {
                let message = format!("no upstream leads to the process `{name}`");
                let help = format!("add one: `upstreams: {{ {name}: {{ process: {name} }} }}`");
                let warning = Problem::new(Code::UnusedProcess, message).at(target.span, "");
                self.warnings.push(warning.help(help));
            }
        }
        for (name, target) in &self.targets.caches {
            if !target.is_referred_to {
                let message = format!("no variable refers to the cache `{name}`");
                let help =
                    format!("write `${{cache:{name}.url}}` in an `environment`, or remove it");
                let warning = Problem::new(Code::UnusedCache, message).at(target.span, "");
                self.warnings.push(warning.help(help));
            }
        }
        for (name, target) in &self.targets.upstreams {
            if !target.is_referred_to {
                let message = format!("no route calls the upstream `{name}`");
                let warning = Problem::new(Code::UnusedUpstream, message)
                    .at(target.span, "")
                    .help("give it a route, or remove it");
                self.warnings.push(warning);
            }
        }
    }
}
