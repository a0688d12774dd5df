//! The manifest's JSON Schema, for editors.

/// The schema of `tidegate.yaml`, draft 2020-12.
pub fn json_schema() -> serde_json::Value {
    serde_json::json!({})
}
