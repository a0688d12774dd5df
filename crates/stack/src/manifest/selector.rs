//! What limits count by, as it is written.

use model::declared::Selector;
use serde_json::{Value as Json, json};

use super::HeaderName;
use crate::problem::Code;
use crate::shape::{OneOrMany, Refused, Spanned, Text, did_you_mean, text_shape};

/// What together form the key of a limit.
pub(crate) type Selectors = OneOrMany<Spanned<Selector>>;

const ALONE: [&str; 4] = ["ip", "route", "api", "api-key"];
const ALL: &str = "use `ip`, `route`, `api`, `api-key`, `header:NAME`, `query:NAME`, \
                   `path:PARAMETER` or `context:NAME`";

impl Text for Selector {
    const WHAT: &'static str = "a key such as `ip`";

    fn parse(text: &str) -> Result<Self, Refused> {
        match text.split_once(':') {
            Some(("header", name)) => HeaderName::parse(name)
                .map(|name| Self::Header(name.0))
                .map_err(|_| Refused::new(Code::Header, "does not name a header")),
            Some(("query", name)) if !name.is_empty() => Ok(Self::Query(name.to_owned())),
            Some(("path", name)) if !name.is_empty() => Ok(Self::PathParameter(name.to_owned())),
            Some(("context", name)) if !name.is_empty() => Ok(Self::Context(name.to_owned())),
            None if text == "ip" => Ok(Self::Ip),
            None if text == "route" => Ok(Self::Route),
            None if text == "api" => Ok(Self::Api),
            None if text == "api-key" => Ok(Self::ApiKey),
            _ => {
                let why = "is not what a limit can count by";
                let help = meant(text).or_else(|| did_you_mean(text, ALONE));
                Err(Refused::new(Code::UnknownValue, why).help(help.unwrap_or(ALL.to_owned())))
            }
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^(ip|route|api|api-key|(header|query|path|context):.+)$" })
    }
}

/// What somebody meant who wrote `context.sub`, `claim:sub` or `path.id`.
fn meant(text: &str) -> Option<String> {
    let (kind, name) = text.split_once(['.', ':', '='])?;
    let kind = match kind.to_ascii_lowercase().as_str() {
        "context" | "claim" | "claims" | "jwt" | "authorizer" => "context",
        "header" | "headers" => "header",
        "query" | "querystring" | "param" => "query",
        "path" | "parameter" => "path",
        _ => return None,
    };
    (!name.is_empty()).then(|| format!("did you mean `{kind}:{name}`?"))
}

text_shape!(Selector);
