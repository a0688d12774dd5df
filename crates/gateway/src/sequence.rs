//! Sequences of upstream calls, with everything resolved that a request does not decide.

mod compile;
pub(crate) mod evaluate;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use http::header::HeaderName;
use http::{Method, StatusCode};
use model::expression::Source;
use model::sequence::FailureCause;
use serde_json::Value;

use crate::metrics::UpstreamMetrics;
use crate::plan::FixedAnswer;
use crate::upstream::UpstreamId;

pub(crate) use compile::CompileError;

/// Steps that are taken one after another, each as long as those before it succeeded.
pub(crate) struct SequencePlan {
    pub(crate) steps: Box<[StepPlan]>,
    pub(crate) answer: Option<AnswerPlan>,
    pub(crate) failures: Failures,
}

pub(crate) struct StepPlan {
    pub(crate) name: Box<str>,
    pub(crate) id: UpstreamId,
    pub(crate) metrics: Arc<UpstreamMetrics>,
    pub(crate) method: Method,
    pub(crate) path: Text,
    pub(crate) headers: Box<[(HeaderName, Text)]>,
    pub(crate) body: StepBody,
    pub(crate) timeout: Option<Duration>,
    pub(crate) failures: Failures,
}

pub(crate) enum StepBody {
    None,
    /// The request's, byte for byte.
    Raw,
    Json(Shape),
}

pub(crate) struct AnswerPlan {
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: Box<[(HeaderName, Text)]>,
    pub(crate) body: Option<Shape>,
}

/// JSON in which values are still missing.
#[derive(Debug)]
pub(crate) enum Shape {
    Fixed(Value),
    One(Source),
    Text(Text),
    List(Vec<Shape>),
    Members(Vec<(String, Shape)>),
}

/// A text in which values are still missing.
#[derive(Debug)]
pub(crate) struct Text(Box<[Part]>);

#[derive(Debug)]
enum Part {
    Literal(Box<str>),
    Value(Source),
}

/// Answers by what failed.
#[derive(Default)]
pub(crate) struct Failures(Box<[(FailureCause, FixedAnswer)]>);

impl Failures {
    pub(crate) fn find(&self, cause: FailureCause) -> Option<&FixedAnswer> {
        self.0.iter().find(|(known, _)| *known == cause).map(|(_, answer)| answer)
    }
}
