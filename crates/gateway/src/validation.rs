//! Turns away requests that lack a parameter or whose body fits no model, before anything is called.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue};
use jsonschema::Validator;
use model::validation::{EVERY_MEDIA_TYPE, MOST_PARAMETERS, Models, RequestParameter, Validation};
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;
use wire::Body;

use crate::plan::ApiPlan;
use crate::refusal::Refusal;
use crate::worker::Tracked;

/// What API Gateway takes a body for whose type nobody tells.
const USUAL: &str = "application/json";

/// What a route asks of its requests.
pub(crate) struct ValidationPlan {
    parameters: Box<[Asked]>,
    /// By media type in lower case.
    models: Box<[(Box<str>, Arc<Validator>)]>,
}

struct Asked {
    /// As API Gateway's answer has it.
    name: Box<str>,
    of: Part,
}

enum Part {
    Query,
    Header(HeaderName),
}

/// Which of a route's parameters a request lacks: a bit for each, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(u64);

const _: () = assert!(MOST_PARAMETERS == u64::BITS as usize);

impl ValidationPlan {
    pub(crate) fn compile(validation: &Validation, models: &Models) -> Result<Self, String> {
        let parameters = validation.parameters.iter().take(MOST_PARAMETERS).map(|parameter| {
            let of = match parameter {
                RequestParameter::Query(_) => Part::Query,
                RequestParameter::Header(name) => Part::Header(
                    name.parse().map_err(|_| format!("asks for `{name}`, which is no header"))?,
                ),
            };
            Ok(Asked { name: parameter.name().into(), of })
        });
        let models = validation.body.iter().map(|(media, name)| {
            let model = model::validation::model(name, models);
            let model = model.map_err(|problem| format!("has the model `{name}`: {problem}"))?;
            Ok((media.as_str().into(), Arc::new(model)))
        });
        Ok(Self {
            parameters: parameters.collect::<Result<_, String>>()?,
            models: models.collect::<Result<_, String>>()?,
        })
    }

    /// The body goes on as it came; one that a model has looked at is all there.
    pub(crate) async fn check(
        &self,
        api: &ApiPlan,
        tracked: &mut Tracked,
        body: Body,
    ) -> Result<Body, Refusal> {
        let headers = &tracked.call.head.headers;
        if let Some(missing) = self.missing(headers, tracked.call.query()) {
            return Err(Refusal::MissingParameters(missing));
        }
        let Some(model) = self.model(headers.get(CONTENT_TYPE)) else { return Ok(body) };
        let body = body.read(api.max_body).await?;
        match fault(model, &body) {
            None => Ok(Body::full(body)),
            Some(fault) => {
                tracked.call.request_bytes = body.len() as u64;
                tracked.call.fault = Some(fault);
                Err(Refusal::InvalidBody)
            }
        }
    }

    fn missing(&self, headers: &HeaderMap, query: &str) -> Option<Missing> {
        let mut bits = 0;
        for (at, Asked { name, of }) in self.parameters.iter().enumerate() {
            let is_there = match of {
                Part::Query => values(query, name).any(|value| !is_blank(value.as_bytes())),
                Part::Header(name) => {
                    headers.get_all(name).iter().any(|value| !is_blank(value.as_bytes()))
                }
            };
            bits |= u64::from(!is_there) << at;
        }
        (bits != 0).then_some(Missing(bits))
    }

    /// The model for a body of this type; without one, nothing is asked of it.
    fn model(&self, given: Option<&HeaderValue>) -> Option<&Validator> {
        let given = given.and_then(|value| value.to_str().ok()).unwrap_or(USUAL);
        let essence = given.split(';').next().unwrap_or_default().trim();
        let of =
            |wanted: &str| self.models.iter().find(|(media, _)| media.eq_ignore_ascii_case(wanted));
        let (_, model) = of(essence).or_else(|| of(EVERY_MEDIA_TYPE))?;
        Some(model)
    }

    pub(crate) fn names(&self, missing: Missing) -> impl Iterator<Item = &str> {
        let all = self.parameters.iter().enumerate();
        all.filter(move |(at, _)| missing.0 >> at & 1 == 1).map(|(_, asked)| &*asked.name)
    }
}

fn is_blank(value: &[u8]) -> bool {
    value.trim_ascii().is_empty()
}

/// The decoded values of a query parameter.
fn values<'a>(query: &'a str, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
    query.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_it = key == name || percent_decode_str(key).eq(name.bytes());
        is_it.then(|| percent_decode_str(value).decode_utf8_lossy())
    })
}

/// What is wrong with a body, without anything of what it holds.
fn fault(model: &Validator, body: &[u8]) -> Option<Box<str>> {
    let body: Json = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(_) if body.is_empty() => return Some("there is no body".into()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return Some(format!("not JSON, at line {line}, column {column}").into());
        }
    };
    let error = model.validate(&body).err()?;
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { "the body" } else { &place };
    Some(format!("{place}: {}", error.masked()).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> ValidationPlan {
        let order = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
        let models = Models::from([
            ("Order".to_owned(), order),
            ("Text".to_owned(), json!({ "type": "string" })),
        ]);
        let validation = Validation {
            parameters: vec![
                RequestParameter::Query("page size".into()),
                RequestParameter::Header("X-Team".into()),
            ],
            body: [("application/json", "Order"), (EVERY_MEDIA_TYPE, "Text")]
                .map(|(media, model)| (media.to_owned(), model.to_owned()))
                .into(),
        };
        ValidationPlan::compile(&validation, &models).expect("a plan")
    }

    #[test]
    fn parameters_that_are_not_there_or_blank_are_named() {
        let plan = plan();
        let check = |query: &str, team: Option<&str>, expected: &[&str]| {
            let mut headers = HeaderMap::new();
            if let Some(team) = team {
                headers.insert("x-team", team.parse().expect("a value"));
            }
            let missing = plan.missing(&headers, query);
            let names: Vec<_> = missing.iter().flat_map(|it| plan.names(*it)).collect();
            assert_eq!(names, expected, "{query} {team:?}");
        };
        check("page%20size=1", Some("a"), &[]);
        check("page%20size=&page%20size=2", Some("a"), &[]);
        check("page%20size=%20", Some("a"), &["page size"]);
        check("page%20size", Some(" "), &["page size", "X-Team"]);
        check("", None, &["page size", "X-Team"]);
        check("page%20sizes=1", Some("a"), &["page size"]);
    }

    #[test]
    fn bodies_are_checked_by_their_type() {
        let plan = plan();
        let check = |kind: Option<&str>, body: &str, expected: Option<&str>| {
            let kind = kind.map(|kind| kind.parse().expect("a value"));
            let model = plan.model(kind.as_ref()).expect("a model");
            let found = fault(model, body.as_bytes());
            assert_eq!(found.as_deref(), expected, "{kind:?} {body}");
        };
        check(Some("application/json"), r#"{"id": 1}"#, None);
        check(Some("Application/JSON; charset=utf-8"), r#"{"id": 1}"#, None);
        check(None, r#"{"id": 1}"#, None);
        check(None, "", Some("there is no body"));
        check(None, "{", Some("not JSON, at line 1, column 1"));
        check(None, "{}", Some(r#"the body: "id" is a required property"#));
        check(None, r#"{"id": "secret"}"#, Some(r#"/id: value is not of type "integer""#));
        check(Some("text/plain"), r#""hello""#, None);
        check(Some("text/plain"), "1", Some(r#"the body: value is not of type "string""#));
    }

    #[test]
    fn without_a_model_for_its_type_a_body_is_not_looked_at() {
        let validation = Validation {
            parameters: Vec::new(),
            body: [("application/json".to_owned(), "Any".to_owned())].into(),
        };
        let models = Models::from([("Any".to_owned(), json!({}))]);
        let plan = ValidationPlan::compile(&validation, &models).expect("a plan");
        assert!(plan.model(Some(&HeaderValue::from_static("text/plain"))).is_none());
    }
}
