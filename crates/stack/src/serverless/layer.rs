//! Layers of the service, and what functions say about layers.

use std::collections::BTreeMap;

use super::service::Service;
use super::value::{as_text, copied};
use crate::foreign::{Fields, Key, Use};
use crate::yaml::Node;

const KEYS: [Key; 9] = [
    ("path", Use::Read),
    ("package", Use::Read),
    ("name", Use::Nothing),
    ("description", Use::Nothing),
    ("compatibleRuntimes", Use::Nothing),
    ("compatibleArchitectures", Use::Nothing),
    ("licenseInfo", Use::Nothing),
    ("allowedAccounts", Use::Nothing),
    ("retain", Use::Nothing),
];

/// Where each layer lies, by its name in CloudFormation.
pub(super) type Layers = BTreeMap<String, Node>;

pub(super) fn layers(service: &mut Service<'_>) -> Layers {
    let mut layers = Layers::new();
    let declared = service.fields.get("layers").map(Node::entries).unwrap_or_default();
    for entry in declared {
        let Some(fields) = Fields::open(&entry.value, "a layer", &KEYS, service.told) else {
            continue;
        };
        let artifact = fields.get("package").and_then(|package| package.get("artifact"));
        match artifact.or_else(|| fields.get("path")) {
            Some(path) => {
                layers.insert(logical_id(&entry.key.text), copied(path));
            }
            None => {
                let message = "a layer without `path` or `package.artifact` is not supported";
                service.told.unsupported(message, entry.key.span);
            }
        }
    }
    layers
}

fn logical_id(name: &str) -> String {
    format!("{}LambdaLayer", super::reference::normalized(name))
}

/// The paths of those that a function names.
pub(super) fn of_function(
    service: &mut Service<'_>,
    written: &Node,
    layers: &Layers,
) -> Option<Node> {
    let mut paths = Vec::new();
    for item in written.each() {
        let name = item.get("Ref").and_then(Node::as_text);
        match name.map(|name| (name, layers.get(name))) {
            Some((_, Some(path))) => paths.push(as_text(path)),
            Some((name, None)) => {
                let message = format!("the layer `{name}` is not part of this service");
                service.told.unsupported(message, item.span);
            }
            None => {
                let message = "layers of elsewhere are not supported";
                service.told.unsupported(message, item.span);
            }
        }
    }
    (!paths.is_empty()).then(|| Node::list(written.span, paths))
}
