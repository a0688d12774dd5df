//! The manifest's JSON Schema, for editors.

use serde_json::{Value, json};

use crate::manifest::Manifest;
use crate::shape::{Definitions, Shape};

/// The schema of `tidegate.yaml`, draft 2020-12.
pub fn json_schema() -> Value {
    let mut definitions = Definitions::new();
    let reference = Manifest::schema(&mut definitions);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tidegate.yaml",
    });
    schema["$ref"] = reference["$ref"].clone();
    schema["$defs"] = json!(definitions);
    schema
}
