//! Sequences of upstream calls, and health put together, as they are written.

use model::sequence::FailureCause;
use serde_json::{Value as Json, json};

use super::{HeaderName, Name, UrlPath};
use crate::problem::{Code, Problem};
use crate::shape::{
    Definitions, Map, Millis, OneOrMany, Refused, Shape, Slot, Spanned, Text, Whole, choice,
    did_you_mean, record,
};
use crate::source::Span;
use crate::yaml::{Node, Scalar, Style, Value};

record! {
    /// One call of an upstream. Its texts may hold expressions: `{body.NAME}`, `{path.NAME}`,
    /// `{query.NAME}`, `{header.NAME}` of the request, and `{STEP.status}`, `{STEP.body.NAME}`,
    /// `{STEP.header.NAME}` of an earlier step; `{{` and `}}` are braces.
    Step is "a step" {
        /// What later steps call its answer.
        required name: Spanned<Name<model::ApiName>>;
        /// The upstream that is called.
        required upstream: Spanned<Name<model::UpstreamName>>;
        /// With which method.
        defaulted method: StepMethod = "GET";
        /// At which path.
        required path: Spanned<UrlPath>;
        /// Headers that are sent. One whose only expression finds nothing is left out.
        optional headers: Map<HeaderName, Spanned<String>>;
        /// The JSON that is sent. `"{raw}"` sends the request's body as it came.
        optional body: JsonText;
        /// How long its answer may take.
        optional timeout: Millis<1, 900_000>;
        /// What is answered when it fails; a status that is not named here passes through.
        optional failures: Failures;
    }
}

record! {
    /// What a sequence answers when all its steps succeeded, instead of the last step's answer.
    SequenceAnswer is "a sequence's answer" {
        /// Its status code; the last step's when not given.
        optional status: Spanned<Whole<200, 599>>;
        /// Headers in addition to the last step's, or with `body` all of them.
        optional headers: Map<HeaderName, Spanned<String>>;
        /// Its JSON; the last step's body when not given.
        optional body: JsonText;
    }
}

record! {
    /// What is answered when a step fails.
    FailureAnswer is "an answer to a failure" {
        /// Its status code.
        required status: Spanned<Whole<200, 599>>;
        /// Its headers.
        optional headers: Map<HeaderName, Spanned<String>>;
        /// Its JSON.
        optional body: JsonText;
    }
}

/// Answers by what failed.
pub(crate) type Failures = Map<Cause, FailureAnswer>;

record! {
    /// A server whose health is part of an answer.
    Probe is "a probe" or just "upstream" {
        /// The upstream that is asked.
        required upstream: Spanned<Name<model::UpstreamName>>;
        /// What the answer calls it; the upstream's name when not given.
        optional name: Name<model::ApiName>;
        /// The path to ask; 200 is healthy.
        defaulted path: Spanned<UrlPath> = "/health";
    }
}

/// Those of one answer.
pub(crate) type Probes = OneOrMany<Probe, 64>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepMethod(pub(crate) http::Method);

choice!(StepMethod: "a method of a step" {
    /// Asks.
    "GET" => StepMethod(http::Method::GET),
    /// Adds.
    "POST" => StepMethod(http::Method::POST),
    /// Replaces.
    "PUT" => StepMethod(http::Method::PUT),
    /// Changes.
    "PATCH" => StepMethod(http::Method::PATCH),
    /// Removes.
    "DELETE" => StepMethod(http::Method::DELETE),
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause(pub(crate) FailureCause);

const CAUSES: [&str; 5] = ["unreachable", "busy", "timed_out", "malformed", "bad_request"];

impl Text for Cause {
    const WHAT: &'static str = "what failed, such as `unreachable` or `404`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let cause = match text {
            "unreachable" => FailureCause::Unreachable,
            "busy" => FailureCause::Busy,
            "timed_out" => FailureCause::TimedOut,
            "malformed" => FailureCause::Malformed,
            "bad_request" => FailureCause::BadRequest,
            _ => match text.parse() {
                Ok(status @ 300..=599) => FailureCause::Status(status),
                _ => {
                    let all = "use a status from 300 to 599, `unreachable`, `busy`, `timed_out`, \
                               `malformed` or `bad_request`";
                    let near = did_you_mean(text, CAUSES);
                    let why = "is not a way in which a step fails";
                    let refused = Refused::new(Code::UnknownValue, why);
                    return Err(refused.help(near.unwrap_or_else(|| all.to_owned())));
                }
            },
        };
        Ok(Self(cause))
    }

    fn text_schema() -> Json {
        let pattern = "^([345][0-9][0-9]|unreachable|busy|timed_out|malformed|bad_request)$";
        json!({ "type": "string", "pattern": pattern })
    }
}

/// JSON, written as YAML.
#[derive(Debug, Clone)]
pub(crate) struct JsonText {
    pub(crate) value: Json,
    pub(crate) span: Span,
    /// Every text in it that an expression may be in, and where.
    pub(crate) texts: Vec<Spanned<String>>,
}

impl Shape for JsonText {
    fn read(slot: Slot<'_>, _problems: &mut Vec<Problem>) -> Option<Self> {
        let mut texts = Vec::new();
        let value = json(slot.node, &mut texts)?;
        Some(Self { value, span: slot.node.span, texts })
    }

    fn schema(_definitions: &mut Definitions) -> Json {
        json!({})
    }
}

/// `None` when a substitution in it failed, which has been reported.
pub(crate) fn json(node: &Node, texts: &mut Vec<Spanned<String>>) -> Option<Json> {
    match &node.value {
        Value::Sequence(items) => items.iter().map(|item| json(item, texts)).collect(),
        Value::Mapping(entries) => {
            let mut members = serde_json::Map::new();
            for entry in entries {
                members.insert(entry.key.text.clone(), json(&entry.value, texts)?);
            }
            Some(Json::Object(members))
        }
        Value::Scalar(scalar) => {
            let value = scalar_json(scalar)?;
            if let Json::String(text) = &value {
                texts.push(Spanned { value: text.clone(), span: node.span });
            }
            Some(value)
        }
    }
}

fn scalar_json(scalar: &Scalar) -> Option<Json> {
    match scalar.style {
        Style::Unresolved => None,
        Style::Plain if scalar.is_null() => Some(Json::Null),
        Style::Plain => {
            let plain = serde_json::from_str::<Json>(&scalar.text).ok();
            let plain = plain.filter(|value| value.is_number() || value.is_boolean());
            Some(plain.unwrap_or_else(|| Json::String(scalar.text.clone())))
        }
        Style::Quoted | Style::Call => Some(Json::String(scalar.text.clone())),
    }
}
