//! What a route asks of a request before anything is called: parameters that have to be there, and a body that a
//! model fits. Models are read here for the manifest's check and for the plan.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use jsonschema::{Draft, Retrieve, Uri, Validator};
use serde_json::Value as Json;

/// Any media type that is not named.
pub const EVERY_MEDIA_TYPE: &str = "$default";

/// So many parameters a route may ask for.
pub const MOST_PARAMETERS: usize = 64;

/// Where models are that refer to each other by name alone.
const BASE: &str = "model:///";

/// The models of an API, by name: JSON schemas.
pub type Models = BTreeMap<String, Json>;

/// What a route asks of its requests.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Validation {
    /// Have to be there, and not be blank. At most [`MOST_PARAMETERS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<RequestParameter>,
    /// Which model a body has to fit, by media type in lower case or [`EVERY_MEDIA_TYPE`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub body: BTreeMap<String, String>,
}

/// A part of a request that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestParameter {
    Query(String),
    /// As it is written; letters of either case are the same.
    Header(String),
}

impl RequestParameter {
    /// What API Gateway calls it when it is not there.
    pub fn name(&self) -> &str {
        match self {
            Self::Query(name) | Self::Header(name) => name,
        }
    }
}

impl fmt::Display for RequestParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
        }
    }
}

impl serde::Serialize for RequestParameter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a model. Without a `$schema` it is one of draft 4, as in API Gateway; `$ref` leads to other models by
/// name, whatever address stands before it.
///
/// # Errors
///
/// What is wrong with it, in lower case.
pub fn model(name: &str, models: &Models) -> Result<Validator, String> {
    let schema = models.get(name).ok_or_else(|| format!("there is no model `{name}`"))?;
    let options = jsonschema::options().with_base_uri(BASE);
    let mut options = options.with_retriever(Others(models.clone()));
    if schema.get("$schema").is_none() {
        options = options.with_draft(Draft::Draft4);
    }
    options.build(schema).map_err(|error| error.to_string())
}

/// Finds models that others refer to.
struct Others(Models);

impl Retrieve for Others {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Json, Box<dyn Error + Send + Sync>> {
        let path = uri.path();
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        let found = self.0.get(name).cloned();
        found.ok_or_else(|| format!("there is no model `{name}`").into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn models() -> Models {
        let order = json!({
            "type": "object",
            "required": ["id", "item"],
            "properties": { "id": { "type": "integer", "minimum": 0, "exclusiveMinimum": true }, "item": { "$ref": "Item" } },
        });
        let item = json!({ "type": "string", "minLength": 2 });
        let far = json!({ "items": { "$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Order" } });
        let modern = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "exclusiveMinimum": 5 });
        [("Order", order), ("Item", item), ("Far", far), ("Modern", modern)]
            .map(|(name, schema)| (name.to_owned(), schema))
            .into()
    }

    fn check(name: &str, body: &Json, fits: bool) {
        let model = model(name, &models()).expect("a model");
        assert_eq!(model.is_valid(body), fits, "{name}: {body}");
    }

    #[test]
    fn models_refer_to_each_other_by_name_or_address() {
        check("Order", &json!({ "id": 1, "item": "ab" }), true);
        check("Order", &json!({ "id": 1, "item": "a" }), false);
        check("Order", &json!({ "id": 1 }), false);
        check("Far", &json!([{ "id": 1, "item": "ab" }]), true);
        check("Far", &json!([{ "id": "1", "item": "ab" }]), false);
    }

    #[test]
    fn a_model_is_of_draft_4_unless_it_says_otherwise() {
        check("Order", &json!({ "id": 0, "item": "ab" }), false);
        check("Modern", &json!(6), true);
        check("Modern", &json!(5), false);
    }

    #[test]
    fn what_is_no_schema_is_told() {
        let all: Models = [
            ("Wrong".to_owned(), json!({ "type": "text" })),
            ("Lost".to_owned(), json!({ "$ref": "Gone" })),
            ("Network".to_owned(), json!({ "$ref": "https://example.com/a.json" })),
        ]
        .into();
        for name in ["Wrong", "Lost", "Network", "Gone"] {
            let error = model(name, &all).expect_err("no schema");
            assert!(!error.is_empty(), "{name}");
        }
    }
}
