//! Fills in what a request and its answers so far decide. Plain functions of values.

use std::borrow::Cow;
use std::cell::OnceCell;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::expression::Source;
use model::sequence::FailureCause;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::{Part, Shape, Text};
use crate::dot_segment::has_dot_segment;

/// What RFC 3986 calls unreserved stays as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A body that may be JSON.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    json: OnceCell<Option<Value>>,
}

impl Content {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, json: OnceCell::new() }
    }

    /// Read once, when it is first asked for.
    fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_slice(&self.bytes).ok()).as_ref()
    }

    /// It holds something in which no place can be found.
    fn is_unreadable(&self) -> bool {
        !self.bytes.is_empty() && self.json().is_none()
    }
}

/// What a step was answered.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

/// Everything that expressions may refer to.
pub(crate) struct Scene<'a> {
    pub(crate) body: Content,
    pub(crate) headers: &'a HeaderMap,
    /// As it came.
    pub(crate) query: &'a str,
    /// A path parameter, still encoded.
    pub(crate) parameter: &'a dyn Fn(&str) -> Option<&'a str>,
    pub(crate) answers: Vec<Done>,
}

/// A value that is needed and not there, or cannot stand where it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Request,
    Answer,
}

impl Gap {
    fn of(source: &Source) -> Self {
        if source.is_of_request() { Self::Request } else { Self::Answer }
    }

    pub(crate) fn cause(self) -> FailureCause {
        match self {
            Self::Request => FailureCause::BadRequest,
            Self::Answer => FailureCause::Malformed,
        }
    }
}

impl Scene<'_> {
    /// `None` when there is no such value.
    fn value(&self, source: &Source) -> Option<Cow<'_, Value>> {
        let text = |text: Cow<'_, str>| Some(Cow::Owned(Value::String(text.into_owned())));
        match source {
            // Only bodies hold it, and those are not filled in.
            Source::Raw => None,
            Source::Body(keys) => at(self.body.json()?, keys).map(Cow::Borrowed),
            Source::PathParameter(name) => text(decoded((self.parameter)(name)?)?),
            Source::Query(name) => text(query(self.query, name)?),
            Source::Header(name) => text(self.headers.get(name)?.to_str().ok()?.into()),
            Source::Status(step) => {
                Some(Cow::Owned(self.answers.get(*step)?.status.as_u16().into()))
            }
            Source::Answer(step, keys) => {
                at(self.answers.get(*step)?.body.json()?, keys).map(Cow::Borrowed)
            }
            Source::AnswerHeader(step, name) => {
                text(self.answers.get(*step)?.headers.get(name)?.to_str().ok()?.into())
            }
        }
    }

    /// A value that may be left out. Of a request whose body cannot be read nothing is: what it says would be
    /// lost.
    fn optional(&self, source: &Source) -> Result<Option<Cow<'_, Value>>, Gap> {
        match source {
            Source::Body(_) if self.body.is_unreadable() => Err(Gap::Request),
            source => Ok(self.value(source)),
        }
    }

    /// A value as it stands in a text: text, numbers and booleans do.
    fn text(&self, source: &Source) -> Result<String, Gap> {
        match self.value(source).as_deref() {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            _ => Err(Gap::of(source)),
        }
    }
}

impl Text {
    pub(crate) fn fill(&self, scene: &Scene<'_>) -> Result<String, Gap> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Value(source) => filled.push_str(&scene.text(source)?),
            }
        }
        Ok(filled)
    }

    /// As a path: values are encoded and stay within their segment. One that is empty, or with which a
    /// server could take the path for one that leads elsewhere, is refused.
    pub(crate) fn fill_path(&self, scene: &Scene<'_>) -> Result<String, Gap> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Value(source) => {
                    let value = scene.text(source)?;
                    filled.extend(utf8_percent_encode(&value, SEGMENT));
                    if value.is_empty() || leads_elsewhere(&filled) {
                        return Err(Gap::of(source));
                    }
                }
            }
        }
        Ok(filled)
    }

    /// `None` when it is one value that is not there.
    pub(crate) fn fill_optional(&self, scene: &Scene<'_>) -> Result<Option<String>, Gap> {
        match &*self.0 {
            [Part::Value(source)] if scene.optional(source)?.is_none() => Ok(None),
            _ => self.fill(scene).map(Some),
        }
    }
}

/// The query is no part of this.
fn leads_elsewhere(path: &str) -> bool {
    has_dot_segment(path.split('?').next().unwrap_or_default())
}

impl Shape {
    /// A member whose value is not there is left out; elsewhere a value that is not there is a gap, and so is
    /// a request's body that is no JSON.
    pub(crate) fn fill(&self, scene: &Scene<'_>) -> Result<Value, Gap> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Text(text) => text.fill(scene).map(Value::String),
            Self::One(source) => {
                scene.value(source).map(Cow::into_owned).ok_or_else(|| Gap::of(source))
            }
            Self::List(items) => items.iter().map(|item| item.fill(scene)).collect(),
            Self::Members(members) => {
                let mut filled = serde_json::Map::with_capacity(members.len());
                for (name, shape) in members {
                    match shape {
                        Self::One(source) => {
                            if let Some(value) = scene.optional(source)? {
                                filled.insert(name.clone(), value.into_owned());
                            }
                        }
                        shape => {
                            filled.insert(name.clone(), shape.fill(scene)?);
                        }
                    }
                }
                Ok(Value::Object(filled))
            }
        }
    }
}

fn at<'a>(value: &'a Value, keys: &[String]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(members) => members.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The first value of a name.
fn query<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| text.replace('+', " ");
        (decoded(&plain(key))? == name)
            .then(|| Some(decoded(&plain(value))?.into_owned().into()))?
    })
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}
