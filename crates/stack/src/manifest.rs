//! The manifest as it is written. Each type here is also what editors are told about it.

mod api;
mod cache;
mod function;
mod handover;
mod invocation;
mod limit;
mod name;
mod output;
mod parameter;
mod process;
mod queue;
mod quota;
mod route_key;
pub(crate) mod schedule;
mod selector;
pub(crate) mod sequence;
mod stored_parameter;
mod target;
mod text;
mod topic;
mod trigger;
mod upstream;
mod usage_plan;
mod validation;

use model::SandboxMode;

use crate::problem::{Problem, Problems};
use crate::shape::{Map, Shape, Slot, choice, record};
use crate::source::Source;
use crate::yaml::{self, Node};

pub(crate) use api::{Api, Cors, Integrated, Mock, Redirect, Route};
pub(crate) use cache::Cache;
pub(crate) use function::{Build, Function, Tool, VariableName};
pub(crate) use handover::InvokeMode;
pub(crate) use invocation::{Asynchronous, Destination, FunctionUrl};
pub(crate) use limit::{
    Act, Candidates, Cost, FailureName, Limit, Limits, LimitsStore, ModeName, Throttles, WindowKind,
};
pub(crate) use name::{HeaderName, Name, StackName};
pub(crate) use output::{OutputName, StackOutput};
pub(crate) use parameter::Parameter;
pub(crate) use process::Process;
pub(crate) use queue::{Dedup, Queue, Redrive, TagName};
pub(crate) use route_key::{METHODS, RouteKey};
pub(crate) use schedule::{EventRule, Schedule};
pub(crate) use selector::Selectors;
pub(crate) use stored_parameter::{StoredName, StoredParameter, Tier};
pub(crate) use target::Target;
pub(crate) use text::PolicyName;
pub(crate) use topic::{Subscription, Topic};
pub(crate) use trigger::{Trigger, TriggerName};
pub(crate) use upstream::{Adaptive, Listen, PathText, Upstream, UrlPath};
pub(crate) use usage_plan::{Key, PlanApi, UsagePlan, help_for};
pub(crate) use validation::{ModelName, Validate};

record! {
    /// A stack of functions, upstreams and the APIs that call them.
    Manifest is "the manifest" {
        /// The stack's name: letters, digits, `-` and `_`.
        needed name: StackName;
        /// Values that are given when the stack starts, for `${param:name}`.
        #[expect(dead_code, reason = "read before substitution; here for its problems and schema")]
        optional parameters: Map<Name<model::ParameterName>, Parameter>;
        /// What happens when a layer of isolation cannot be applied on this machine.
        defaulted sandbox: SandboxMode = "required";
        /// How the stack's APIs are reached.
        optional listen: Listen;
        /// Where limits are counted, so that several servers share them.
        optional limits_store: LimitsStore;
        /// Code that runs for requests, by name.
        optional functions: Map<Name<model::FunctionName>, Function>;
        /// Servers that run on this machine for as long as the stack does, by name.
        optional processes: Map<Name<model::ProcessName>, Process>;
        /// Redis or Valkey servers that functions and processes share, by name.
        optional caches: Map<Name<model::CacheName>, Cache>;
        /// HTTP servers behind the gateway, by name.
        optional upstreams: Map<Name<model::UpstreamName>, Upstream>;
        /// Messages that wait until somebody takes them, by name.
        optional queues: Map<Name<model::QueueName>, Queue>;
        /// Points that messages are published to, by name.
        optional topics: Map<Name<model::TopicName>, Topic>;
        /// Functions that get the messages of queues, by name.
        optional triggers: Map<TriggerName, Trigger>;
        /// Settings and secrets that programs look up while they run, in the SSM Parameter Store.
        optional ssm: Map<StoredName, StoredParameter>;
        /// What is started at certain times, by name.
        optional schedules: Map<Name<model::ScheduleName>, Schedule>;
        /// Where events of the default event bus go, by name.
        optional rules: Map<Name<model::RuleName>, EventRule>;
        /// Sets of routes, by name.
        optional apis: Map<Name<model::ApiName>, Api>;
        /// What each API key may do, by name.
        optional usage_plans: Map<Name<model::UsagePlanName>, UsagePlan>;
        /// API keys of callers, by name. More can be created on the running server.
        optional keys: Map<Name<model::ApiKeyName>, Key>;
        /// What is told to whoever deploys the stack, by name.
        optional outputs: Map<OutputName, StackOutput>;
    }
}

choice!(SandboxMode: "a sandbox mode" {
    /// The stack does not start, and says which layer is missing and why.
    "required" => SandboxMode::Required,
    /// The stack starts and prints what is missing.
    "best-effort" => SandboxMode::BestEffort,
    /// Functions run as plain child processes.
    "off" => SandboxMode::Off,
});

/// Reads bytes as far as their text alone allows: no parameters, no files. For fuzzing.
pub fn parse_bytes(bytes: &[u8]) -> Result<(), Problems> {
    let source = Source::from_bytes("tidegate.yaml".to_owned(), bytes.to_vec())?;
    let mut problems = Vec::new();
    if let Some(tree) = yaml::parse(&source, yaml::Tags::Refused, &mut problems) {
        Manifest::from_tree(&tree, &mut problems);
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems::new(source, problems)) }
}

impl Manifest {
    pub(crate) fn from_tree(tree: &Node, problems: &mut Vec<Problem>) -> Option<Self> {
        Self::read(Slot { key: "tidegate.yaml", node: tree }, problems)
    }
}

#[cfg(test)]
mod tests;
