//! `GET /resources`: all that a manifest or an AWS call made, and whose it is.

use serde_json::{Value, json};

use super::{Answered, json_body};
use crate::platform::Platform;

pub(super) fn show(platform: &Platform) -> Answered {
    let resources = platform.resources.snapshot();
    let shown = resources.iter().map(|(id, kept)| {
        let mut whole = json!(kept.resource);
        json!({
            "kind": id.kind,
            "name": id.name,
            "settings": whole.get_mut("settings").map(Value::take),
            "origin": kept.origin,
            "revision": kept.revision,
            "created": kept.created.to_string(),
            "updated": kept.updated.to_string(),
        })
    });
    let all: Vec<Value> = shown.collect();
    Ok(json_body(&json!({ "resources": all })))
}
