//! What an editor is told about a record.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Definitions, Need, RecordNote};

/// The schema of a record, kept among the definitions; returns the reference to it.
pub(crate) fn record_schema(
    note: &'static RecordNote,
    definitions: &mut Definitions,
    values: impl FnOnce(&mut Definitions) -> Vec<Json>,
) -> Json {
    let reference = json!({ "$ref": format!("#/$defs/{}", note.name) });
    if definitions.contains_key(note.name) {
        return reference;
    }
    definitions.insert(note.name, Json::Null);
    let mut properties = JsonMap::new();
    let mut short = None;
    for (field, mut schema) in note.fields.iter().zip(values(definitions)) {
        if note.short == Some(field.key) {
            short = Some(schema.clone());
        }
        schema["description"] = json!(field.doc.trim());
        if let Some(default) = field.default {
            schema["default"] = serde_json::from_str(default).unwrap_or_else(|_| json!(default));
        }
        properties.insert(field.key.to_owned(), schema);
    }
    let required = note.fields.iter().filter(|field| field.need == Need::Required);
    let required: Vec<_> = required.map(|field| field.key).collect();
    let mut object = json!({ "type": "object", "additionalProperties": false });
    object["properties"] = Json::Object(properties);
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    let mut schema = match short {
        Some(short) => json!({ "anyOf": [object, short] }),
        None => object,
    };
    schema["description"] = json!(note.doc.trim());
    definitions.insert(note.name, schema);
    reference
}
