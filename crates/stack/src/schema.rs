//! The manifest's JSON Schema, for editors.

use serde_json::{Value, json};

use crate::manifest::Manifest;
use crate::shape::{Definitions, Shape};

#[cfg(test)]
mod documents;

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

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/tidegate.schema.json");

    #[test]
    fn the_published_schema_is_this_one() {
        let schema = serde_json::to_string_pretty(&json_schema()).expect("JSON") + "\n";
        #[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
        let bless = std::env::var("TIDEGATE_BLESS").is_ok();
        if bless {
            std::fs::write(PUBLISHED, &schema).expect("a writable schema");
        }
        let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
        assert!(schema == published, "TIDEGATE_BLESS=1 writes schema/tidegate.schema.json");
    }

    #[test]
    fn every_definition_is_complete_and_described() {
        let schema = json_schema();
        for (name, definition) in schema["$defs"].as_object().expect("definitions") {
            assert!(definition["description"].is_string(), "{name} has no description");
        }
        let text = schema.to_string();
        for reference in text.split("#/$defs/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(schema["$defs"][name].is_object(), "{name} is not defined");
        }
    }
}
