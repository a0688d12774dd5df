//! Limits that are tried out on an API that is served already.

use std::path::Path;

use model::{Action, Api, Limit, Protocol};
use serde_json::{Map, Value, json};

use crate::{Inputs, MANIFEST, Problems, read_bytes};

/// Reads limits as `what_if` of this API is read, whose routes they may count by. Places are those in
/// a manifest that has nothing else.
pub fn candidates(api: &Api, written: &Value) -> Result<Vec<Limit>, Problems> {
    let protocol = match api.protocol {
        Protocol::Http => "http",
        Protocol::Rest => "rest",
    };
    let routes: Map<String, Value> =
        api.routes.iter().map(|route| (route.key(), json!({ "mock": {} }))).collect();
    let manifest = json!({
        "name": "candidates",
        "apis": { api.name.as_str(): { "protocol": protocol, "what_if": written, "routes": routes } },
    });
    let text = format!("{manifest:#}");
    let read = read_bytes(Path::new(MANIFEST), text.into_bytes(), &Inputs::default())?;
    let limits = read.stack.apis.into_iter().flat_map(|api| api.limits);
    Ok(limits.filter(|limit| limit.action == Action::WhatIf).collect())
}
