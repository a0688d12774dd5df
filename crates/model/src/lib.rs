//! The vocabulary every other crate shares: names, resources, units, and the ports through which
//! domain crates meet without seeing each other. No I/O; time is read only in [`clock`].

pub mod api;
pub mod api_key;
pub mod arn;
pub mod cache;
pub mod clock;
pub mod day;
pub mod declared;
pub mod deliver;
pub mod event_invoke;
pub mod event_rule;
pub mod event_source_mapping;
pub mod event_target;
pub mod expression;
pub mod function;
pub mod handover;
pub mod invoke;
pub mod limit;
pub mod name;
pub mod overload;
pub mod pattern;
pub mod process;
pub mod qualifier;
pub mod queue;
pub mod reference;
pub mod resource;
pub mod schedule;
pub mod sequence;
pub mod signature;
pub mod stack;
pub mod stored_parameter;
pub mod throttle;
pub mod topic;
pub mod trace;
pub mod units;
pub mod upstream;
pub mod usage_plan;
pub mod validation;

pub use api::{
    AccessLog, Api, Cors, Integration, MethodMatch, PathPattern, PathSegment, Protocol, Route,
};
pub use api_key::{ApiKey, ApiKeyId, Digest, KeyText, KeyTextProblem, KeyValue};
pub use arn::{Account, Arn, Place};
pub use cache::{
    Cache, CachePart, CacheSource, CacheUrl, CacheUrlProblem, Engine, ManagedCache, WhenFull,
};
pub use clock::{Clock, ManualClock, Moment, Now, SystemClock, Timestamp};
pub use day::{Day, NotADay};
pub use declared::{Action, Cost, Limit, MOST_DECLARED, MOST_WATCHED, Selector, WhenMissing};
pub use deliver::{
    AttributeData, AttributeValue, Deliver, DeliverError, Delivered, Delivery, MessageOptions,
    Target,
};
pub use event_invoke::EventInvokeConfig;
pub use event_rule::EventRule;
pub use event_source_mapping::EventSourceMapping;
pub use event_target::{EventTarget, RetryPolicy, TargetInput};
pub use function::{
    Alias, Build, DeadLetters, FilePattern, FilePatterns, Function, FunctionCode,
    FunctionConfiguration, FunctionDetails, FunctionPolicy, FunctionSettings, FunctionUrl,
    InlineCode, InvokeMode, Language, MadeFunction, PatternRefused, ProvisionedConcurrency,
    PublishedSource, PublishedVersion, ReservedConcurrency, Runtime, SandboxMode, UrlAuth, UrlCors,
    Weight,
};
pub use handover::Handover;
pub use invoke::{Bound, FunctionError, Invocation, Invoke, InvokeRefusal, Reply, ReplyStream};
pub use limit::{FailurePolicy, MOST_LIMITS, Mode, Period, Rule, RuleProblem, Zone};
pub use name::{
    ApiKeyName, ApiName, CacheName, FunctionName, NameProblem, ParameterName, ProcessName,
    QueueName, RuleName, ScheduleGroupName, ScheduleName, TopicName, UpstreamName, UsagePlanName,
};
pub use overload::{Overload, Priority};
pub use pattern::{Pattern, PatternProblem};
pub use process::{Process, ProcessHealth, Restart};
pub use qualifier::{AliasName, FunctionVersion, Qualifier};
pub use queue::{Fifo, Queue, Redrive, RedriveAllow, is_message_token};
pub use reference::{Reference, ReferenceProblem};
pub use resource::{
    ChangeRefused, Declared, Kept, OfKind, Origin, Resource, ResourceChange, ResourceId,
    ResourceKind, Snapshot,
};
pub use schedule::{
    Missed, Schedule, ScheduleExpression, ScheduleGroup, ScheduleProblem, Timetable,
};
pub use signature::{FindSigner, NoSigners, SignedRequest, Signer};
pub use stack::{LimitsStore, Listener, Stack, StackOutput, TrustedProxies};
pub use stored_parameter::{ParameterVersion, StoredKind, StoredParameter};
pub use throttle::ThrottleProblem;
pub use topic::{FilterPolicy, FilterScope, Subscription, Topic};
pub use trace::{RequestId, TraceContext};
pub use units::{ByteSize, Rate};
pub use upstream::{
    Concurrency, ConcurrencyBound, HealthCheck, MOST_ADDRESSES, Upstream, UpstreamAddress,
    UpstreamTimeouts,
};
pub use usage_plan::{
    DeclaredKey, GivenValue, MOST_OF_PLAN, PlanApi, PlanQuota, PlanRate, UsagePlan,
};
pub use validation::{Models, RequestParameter, Validation};
