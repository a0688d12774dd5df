//! A sequence as declared becomes one that runs.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use model::expression::{self, Piece, Source};
use model::sequence::{FailureAnswer, Sequence, Step};
use serde_json::Value;

use super::{AnswerPlan, Failures, Part, SequencePlan, Shape, StepBody, StepPlan, Text};
use crate::metrics::Metrics;
use crate::plan::FixedAnswer;
use crate::upstream::Fleet;

/// Why a sequence cannot run. A stack that was read from a manifest has none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CompileError {
    #[error("calls upstream `{0}`, which the stack lacks")]
    Upstream(String),
    #[error("has the expression `{0}`, which leads nowhere")]
    Expression(String),
    #[error("cannot send `{0}` in a header")]
    Header(String),
    #[error("cannot answer with status {0}")]
    Status(u16),
}

impl SequencePlan {
    pub(crate) fn compile(
        sequence: &Sequence,
        fleet: &Fleet,
        metrics: &Metrics,
    ) -> Result<Self, CompileError> {
        let names: Vec<&str> = sequence.steps.iter().map(|step| step.name.as_str()).collect();
        let mut steps = Vec::with_capacity(names.len());
        for (index, step) in sequence.steps.iter().enumerate() {
            steps.push(compile_step(step, &names[..index], fleet, metrics)?);
        }
        let answer = sequence.answer.as_ref().map(|answer| {
            Ok::<_, CompileError>(AnswerPlan {
                status: answer.status.map(status).transpose()?,
                headers: headers(&answer.headers, &names)?,
                body: answer.body.as_ref().map(|body| Shape::compile(body, &names)).transpose()?,
            })
        });
        let failures = Failures::compile(&sequence.failures)?;
        Ok(Self { steps: steps.into(), answer: answer.transpose()?, failures })
    }
}

fn compile_step(
    step: &Step,
    before: &[&str],
    fleet: &Fleet,
    metrics: &Metrics,
) -> Result<StepPlan, CompileError> {
    let unknown = || CompileError::Upstream(step.upstream.to_string());
    Ok(StepPlan {
        name: step.name.as_str().into(),
        id: fleet.find(&step.upstream).ok_or_else(unknown)?,
        metrics: metrics.upstream(step.upstream.as_str()),
        method: step.method.clone(),
        path: Text::compile(&step.path, before)?,
        headers: headers(&step.headers, before)?,
        body: match &step.body {
            None => StepBody::None,
            Some(body) => match Shape::compile(body, before)? {
                Shape::One(Source::Raw) => StepBody::Raw,
                shape => StepBody::Json(shape),
            },
        },
        timeout: step.timeout,
        failures: Failures::compile(&step.failures)?,
    })
}

fn headers(
    written: &[(String, String)],
    steps: &[&str],
) -> Result<Box<[(HeaderName, Text)]>, CompileError> {
    let each = written.iter().map(|(name, text)| {
        let known = HeaderName::from_bytes(name.as_bytes());
        let name = known.map_err(|_| CompileError::Header(name.clone()))?;
        Ok((name, Text::compile(text, steps)?))
    });
    each.collect()
}

fn status(code: u16) -> Result<StatusCode, CompileError> {
    StatusCode::from_u16(code).map_err(|_| CompileError::Status(code))
}

impl Text {
    pub(crate) fn compile(text: &str, steps: &[&str]) -> Result<Self, CompileError> {
        let nowhere = || CompileError::Expression(text.to_owned());
        let pieces = expression::parse(text).map_err(|_| nowhere())?;
        let parts = pieces.into_iter().map(|piece| match piece {
            Piece::Text(text) => Ok(Part::Literal(text.into())),
            Piece::Value(value) => value.source(steps).map(Part::Value).map_err(|_| nowhere()),
        });
        Ok(Self(parts.collect::<Result<_, _>>()?))
    }
}

impl Shape {
    pub(crate) fn compile(value: &Value, steps: &[&str]) -> Result<Self, CompileError> {
        Ok(match value {
            Value::String(text) => {
                let text = Text::compile(text, steps)?;
                match &*text.0 {
                    [Part::Value(source)] => Self::One(source.clone()),
                    [Part::Literal(text)] => Self::Fixed(Value::String((**text).to_owned())),
                    _ => Self::Text(text),
                }
            }
            Value::Array(items) => Self::List(
                items.iter().map(|item| Self::compile(item, steps)).collect::<Result<_, _>>()?,
            ),
            Value::Object(members) => {
                let each = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), Self::compile(value, steps)?)));
                Self::Members(each.collect::<Result<_, CompileError>>()?)
            }
            fixed => Self::Fixed(fixed.clone()),
        })
    }
}

impl Failures {
    fn compile(written: &[FailureAnswer]) -> Result<Self, CompileError> {
        let each = written.iter().map(|answer| {
            let mut headers = HeaderMap::new();
            let body = answer.body.as_ref().map(|body| fixed(body).to_string());
            if body.is_some() {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            for (name, text) in &answer.headers {
                let pair = HeaderName::from_bytes(name.as_bytes())
                    .ok()
                    .zip(HeaderValue::from_str(text).ok());
                let (name, value) = pair.ok_or_else(|| CompileError::Header(name.clone()))?;
                headers.insert(name, value);
            }
            let body = Bytes::from(body.unwrap_or_default());
            let answered = FixedAnswer { status: status(answer.status)?, headers, body };
            Ok((answer.cause, answered))
        });
        each.collect::<Result<_, _>>().map(Self)
    }
}

/// Braces that were doubled become what they stand for.
fn fixed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("{{", "{").replace("}}", "}")),
        Value::Array(items) => items.iter().map(fixed).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), fixed(value))).collect()
        }
        other => other.clone(),
    }
}
