//! Limits that are tried out on an API that is served already.

use std::path::Path;

use model::{Action, Api, Limit, Protocol, Route};
use serde_json::{Map, Value, json};

use crate::manifest::sequence::json as json_of;
use crate::yaml::{self, Tags};
use crate::{Inputs, MANIFEST, Problems, Source, read_bytes};

/// What [`candidates`] reads, of a text as a manifest has it: one limit or a list of them. Problems call
/// the text by `name`.
pub fn written_candidates(name: &str, text: &str) -> Result<Vec<Value>, Problems> {
    let source = Source::from_bytes(name.to_owned(), text.as_bytes().to_vec())?;
    let mut problems = Vec::new();
    let tree = yaml::parse(&source, Tags::Refused, &mut problems);
    match tree.and_then(|tree| json_of(&tree, &mut Vec::new())) {
        Some(Value::Array(limits)) if problems.is_empty() => Ok(limits),
        Some(limit) if problems.is_empty() => Ok(vec![limit]),
        _ => Err(Problems::new(source, problems)),
    }
}

/// Reads limits as `what_if` of this API is read, whose routes they may count by. Places are those in
/// a manifest that has nothing else.
pub fn candidates(api: &Api, written: &Value) -> Result<Vec<Limit>, Problems> {
    let protocol = match api.protocol {
        Protocol::Http => "http",
        Protocol::Rest => "rest",
    };
    let routes: Map<String, Value> =
        api.routes.iter().map(|route| (route.key(), bare(route))).collect();
    // Routes that ask for a key want a plan that is good for it.
    let plan = json!({ "candidates": { "apis": [api.name.as_str()] } });
    let has_keys = api.routes.iter().any(|route| route.api_key_required);
    let plans = if has_keys { plan } else { json!({}) };
    let manifest = json!({
        "name": "candidates",
        "usage_plans": plans,
        "apis": { api.name.as_str(): { "protocol": protocol, "what_if": written, "routes": routes } },
    });
    let text = format!("{manifest:#}");
    let read = read_bytes(Path::new(MANIFEST), text.into_bytes(), &Inputs::default())?;
    let limits = read.stack.apis.into_iter().flat_map(|api| api.limits);
    Ok(limits.filter(|limit| limit.action == Action::WhatIf).collect())
}

/// What limits look at.
fn bare(route: &Route) -> Value {
    json!({ "mock": {}, "api_key_required": route.api_key_required })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_counts_by_keys_where_routes_ask_for_them() {
        let by_key =
            json!({ "name": "trial", "by": "api-key", "when_missing": "skip", "rate": "5/s" });
        let found = |keys: &str| {
            let text = format!(
                "name: demo\nusage_plans: {{ basic: {{ apis: public }} }}\napis:\n  public:\n    \
                 routes:\n      GET /: {{ mock: {{}}, api_key_required: {keys} }}\n"
            );
            let read = read_bytes(Path::new(MANIFEST), text.into_bytes(), &Inputs::default());
            let stack = read.expect("a stack").stack;
            candidates(&stack.apis[0], &by_key).map(|limits| limits.len())
        };
        assert_eq!(found("true").ok(), Some(1));
        let problems = json!(found("false").expect_err("nobody has a key").to_json()).to_string();
        assert!(problems.contains("E0613"), "{problems}");
    }
}
