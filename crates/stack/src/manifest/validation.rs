//! What is asked of requests before anything is called, as it is written.

use model::RequestParameter;
use model::validation::{EVERY_MEDIA_TYPE, MOST_PARAMETERS};
use serde_json::{Value as Json, json};

use super::HeaderName;
use crate::problem::{Code, Problem};
use crate::shape::{
    Definitions, Map, OneOrMany, Refused, Shape, Slot, Spanned, Text, read_text, record, text_shape,
};
use crate::yaml::Value;

record! {
    /// What is asked of a request before anything is called. One that lacks it is answered with 400.
    Validate is "a validation" {
        /// Query parameters and headers that have to be there and not be blank: `query:page`,
        /// `header:X-Team`.
        optional parameters: OneOrMany<Spanned<RequestParameter>, MOST_PARAMETERS>;
        /// The model that a body has to fit, or a mapping from media types to models. A body of
        /// another type is not looked at; `$default` stands for every other.
        optional body: Bodies;
    }
}

/// Models by media type.
#[derive(Debug, Clone)]
pub(crate) struct Bodies(pub(crate) Vec<(String, Spanned<ModelName>)>);

impl Shape for Bodies {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        if !matches!(slot.node.value, Value::Mapping(_)) {
            let model = Spanned::read(slot, problems)?;
            return Some(Self(vec![(EVERY_MEDIA_TYPE.to_owned(), model)]));
        }
        let all = Map::<BodyType, Spanned<ModelName>>::read(slot, problems)?;
        let known = all.entries.into_iter();
        Some(Self(known.filter_map(|named| Some((named.key.0, named.value?))).collect()))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let one = ModelName::schema(definitions);
        let each = Map::<BodyType, ModelName>::schema(definitions);
        json!({ "anyOf": [one, each] })
    }
}

/// The media type of a body, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyType(String);

impl Text for BodyType {
    const WHAT: &'static str = "a media type such as `application/json`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let is_part = |part: &str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
            !part.is_empty() && part.chars().all(is_allowed)
        };
        match text.split_once('/') {
            _ if text == EVERY_MEDIA_TYPE => Ok(Self(text.to_owned())),
            Some((kind, sort)) if is_part(kind) && is_part(sort) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(Refused::new(Code::MediaType, "is not a media type")
                .help("write one such as `application/json`, or `$default` for every other")),
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": r"^(\$default|[^/\s;]+/[^/\s;]+)$" })
    }
}

/// The name of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelName(pub(crate) String);

impl Text for ModelName {
    const WHAT: &'static str = "the name of a model";

    fn parse(text: &str) -> Result<Self, Refused> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if (1..=128).contains(&text.len()) && text.chars().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(Refused::new(Code::Name, "is not the name of a model")
            .help("use up to 128 letters, digits, `_`, `-` and `.`"))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,128}$" })
    }
}

text_shape!(ModelName);

impl Text for RequestParameter {
    const WHAT: &'static str = "a parameter such as `query:page`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let help = "write `query:NAME` or `header:NAME`";
        match text.split_once(':') {
            Some(("query", name)) if !name.is_empty() => Ok(Self::Query(name.to_owned())),
            Some(("header", name)) => {
                HeaderName::parse(name).map(|_| Self::Header(name.to_owned()))
            }
            Some(("path", _)) => {
                let why = "is always there: the route has no other paths";
                Err(Refused::new(Code::UnknownValue, why).help(help))
            }
            _ => {
                let why = "is not what a request can be asked for";
                Err(Refused::new(Code::UnknownValue, why).help(help))
            }
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^(query|header):.+$" })
    }
}

impl Shape for RequestParameter {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        read_text(slot, problems)
    }

    fn schema(_definitions: &mut Definitions) -> Json {
        Self::text_schema()
    }
}
