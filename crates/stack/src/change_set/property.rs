//! Resources as flat properties that can be compared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Kind, PropertyChange, Shown};

/// A resource's properties, without its name, which tells it from others.
pub(super) fn of(resource: &impl serde::Serialize) -> Value {
    let mut properties = serde_json::to_value(resource).unwrap_or_default();
    forget(&mut properties, "name");
    properties
}

/// The settings alone of what has its kind beside them.
pub(super) fn of_made(resource: &model::Resource) -> Value {
    let mut whole = of(resource);
    let mut settings = whole.get_mut("settings").map(Value::take).unwrap_or_default();
    forget(&mut settings, "name");
    settings
}

pub(super) fn forget(properties: &mut Value, name: &str) {
    if let Some(properties) = properties.as_object_mut() {
        properties.shift_remove(name);
    }
}

pub(super) fn changes(kind: Kind, old: &Value, new: &Value) -> Vec<PropertyChange> {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten(String::new(), old, &mut before);
    flatten(String::new(), new, &mut after);
    let mut changes = Vec::new();
    for (property, new) in &after {
        let old = before.remove(property);
        if old != Some(*new) {
            changes.push((property.clone(), old, Some(*new)));
        }
    }
    changes.extend(before.into_iter().map(|(property, old)| (property, Some(old), None)));
    changes.sort_by(|a, b| a.0.cmp(&b.0));
    let show = |property: &str, value: Option<&Value>| {
        let value = value?;
        Some(match is_secret(kind, property) {
            true => Shown::Hidden,
            false => Shown::Value(value.clone()),
        })
    };
    let changed = changes.into_iter().map(|(property, old, new)| {
        let (old, new) = (show(&property, old), show(&property, new));
        PropertyChange { property, old, new }
    });
    changed.collect()
}

fn is_secret(kind: Kind, property: &str) -> bool {
    match kind {
        Kind::Function | Kind::Process => property.starts_with("environment."),
        Kind::Made(model::ResourceKind::StoredParameter) => property.ends_with(".value"),
        _ => false,
    }
}

/// Lists of plain values are compared whole: their order means something. What is null or empty is
/// as good as absent.
fn flatten<'a>(prefix: String, value: &'a Value, into: &mut BTreeMap<String, &'a Value>) {
    let under = |name: &str| match prefix.is_empty() {
        true => name.to_owned(),
        false => format!("{prefix}.{name}"),
    };
    match value {
        Value::Object(properties) => {
            for (name, value) in properties {
                flatten(under(name), value, into);
            }
        }
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                flatten(format!("{prefix}[{index}]"), item, into);
            }
        }
        _ => {
            into.insert(prefix, value);
        }
    }
}

pub(super) fn serialize_hidden<S: serde::Serializer>(to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("[hidden]")
}
