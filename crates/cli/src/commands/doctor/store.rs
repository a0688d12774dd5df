//! Whether the store that a stack names for its limits can keep them.

use std::path::Path;

use stack::Inputs;

use super::{Finding, Status};
use crate::exit::Failure;
use crate::locate;

const TOPIC: &str = "limit store";

/// Of the stack in this folder, or of the nearest one upwards if there is any.
pub(crate) fn look(dir: Option<&Path>, set: &[(String, String)]) -> Result<Vec<Finding>, Failure> {
    let manifest = match (locate::manifest(dir), dir) {
        (Ok(manifest), _) => manifest,
        (Err(_), None) => return Ok(Vec::new()),
        (Err(failure), Some(_)) => return Err(failure),
    };
    let inputs =
        Inputs { environment: std::env::vars().collect(), set: set.to_vec(), ..Inputs::default() };
    let stack = match stack::read(&manifest, &inputs) {
        Ok(stack) => stack,
        Err(_) => {
            let finding = Finding::ok(TOPIC, "manifest", manifest.display().to_string());
            return Ok(vec![finding.not_ok(Status::Weak, "it has problems; see `tidegate check`")]);
        }
    };
    Ok(stack.limits_store.iter().flat_map(find).collect())
}

fn find(store: &model::LimitsStore) -> Vec<Finding> {
    if store.url.contains("${") {
        return vec![Finding::ok(TOPIC, "cache", "runs with the stack")];
    }
    match server::examine_limit_store(store) {
        Ok(found) => {
            let keeps = Finding::ok(TOPIC, found.at, format!("{}, keeps limits", found.version));
            let losses = found.losses.iter().filter_map(|loss| loss.split_once("; "));
            let losses = losses
                .map(|(loss, help)| Finding::ok(TOPIC, "quotas", loss).not_ok(Status::Weak, help));
            std::iter::once(keeps).chain(losses).collect()
        }
        Err(trouble) => {
            let said = trouble.message;
            let (cause, help) =
                said.split_once("; ").unwrap_or((&said, "see docs/limits-on-redis.md"));
            vec![Finding::ok(TOPIC, "store", cause).not_ok(Status::Broken, help)]
        }
    }
}
