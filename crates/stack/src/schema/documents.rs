//! Keeps `docs/manifest.md` and `docs/errors.md` true: all below their marker is written from the
//! schema and the codes.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::json_schema;
use crate::problem::Code;

/// What stands above it is written by people.
const MARKER: &str =
    "<!-- All below is written by `TIDEGATE_BLESS=1 cargo test -p tidegate-stack`. -->\n";

/// The records in the order in which people meet them.
const ORDER: [&str; 49] = [
    "Manifest",
    "Parameter",
    "Listen",
    "Tls",
    "Overload",
    "LimitsStore",
    "Function",
    "FunctionCode",
    "Build",
    "FunctionUrl",
    "Asynchronous",
    "Destination",
    "Process",
    "ProcessHealth",
    "Restart",
    "Cache",
    "Upstream",
    "Health",
    "Timeouts",
    "Concurrency",
    "Adaptive",
    "Api",
    "Cors",
    "Throttle",
    "Limit",
    "Window",
    "Cost",
    "Route",
    "Validate",
    "Step",
    "SequenceAnswer",
    "FailureAnswer",
    "Probe",
    "Queue",
    "Redrive",
    "Topic",
    "Subscription",
    "Trigger",
    "StoredParameter",
    "Schedule",
    "EventRule",
    "Target",
    "Mock",
    "Redirect",
    "UsagePlan",
    "PlanApi",
    "PlanRate",
    "Key",
    "StackOutput",
];

#[test]
fn the_manifest_is_documented() {
    let schema = json_schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    let mut text = String::new();
    for (name, definition) in definitions {
        let is_known = ORDER.contains(&&**name) || !describes_a_record(definition);
        assert!(is_known, "{name} has no place in docs/manifest.md");
    }
    for name in ORDER {
        write_record(&mut text, name, &definitions[name]);
    }
    check("manifest.md", &text);
}

#[test]
fn errors_are_documented() {
    let mut text = String::from("\n| code | meaning |\n|---|---|\n");
    for code in Code::ALL {
        let _ = writeln!(text, "| `{code}` | {} |", cell(code.meaning()));
    }
    check("errors.md", &text);
}

fn check(file: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let written = std::fs::read_to_string(&path).expect("a document");
    let (introduction, rest) = written.split_once(MARKER).expect("the marker");
    #[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
    let bless = std::env::var("TIDEGATE_BLESS").is_ok();
    if bless {
        std::fs::write(&path, format!("{introduction}{MARKER}{generated}")).expect("writable");
        return;
    }
    assert!(rest == generated, "TIDEGATE_BLESS=1 writes docs/{file}");
}

/// The keys of a record, which may have a short form beside it.
fn object(definition: &Json) -> &Json {
    let forms = definition["anyOf"].as_array();
    forms.and_then(|forms| forms.iter().find(|form| describes_a_record(form))).unwrap_or(definition)
}

fn describes_a_record(definition: &Json) -> bool {
    definition["properties"].is_object()
        || definition["anyOf"].as_array().is_some_and(|f| f.iter().any(describes_a_record))
}

fn write_record(text: &mut String, name: &str, definition: &Json) {
    let described = definition["description"].as_str().expect("a description");
    let _ = writeln!(text, "\n## {name}\n\n{described}");
    let forms = definition["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    if let Some(short) = forms.iter().find(|form| !describes_a_record(form)) {
        let _ = writeln!(text, "\nIn short: {} alone.", kind(short));
    }
    let object = object(definition);
    let required: Vec<_> = object["required"].as_array().into_iter().flatten().collect();
    text.push_str("\n| key | takes | default | |\n|---|---|---|---|\n");
    for (key, property) in object["properties"].as_object().expect("properties") {
        let default = match &property["default"] {
            Json::Null if required.iter().any(|name| **name == **key) => "required".to_owned(),
            Json::Null => String::new(),
            Json::String(default) => format!("`{default}`"),
            default => format!("`{default}`"),
        };
        let described = property["description"].as_str().expect("a description");
        let line = [&*kind(property), &*default, described].map(cell);
        let _ = writeln!(text, "| `{key}` | {} | {} | {} |", line[0], line[1], line[2]);
    }
    for (key, property) in object["properties"].as_object().expect("properties") {
        let choices = choices(property);
        if choices.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n`{key}` is one of:\n");
        for (value, described) in choices {
            let _ = writeln!(text, "- `{value}`: {described}");
        }
    }
}

/// What a key takes, in words.
fn kind(schema: &Json) -> String {
    if is_substitution(schema) {
        return "[substitution](#how-values-are-written)".to_owned();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let forms: Vec<String> =
            forms.iter().filter(|form| !is_substitution(form)).map(kind).collect();
        return forms.join(" or ");
    }
    if schema["oneOf"].is_array() {
        let values: Vec<String> =
            choices(schema).into_iter().map(|(value, _)| format!("`{value}`")).collect();
        return values.join(", ");
    }
    if let Some(comment) = schema["$comment"].as_str() {
        return comment.to_owned();
    }
    match schema["type"].as_str() {
        Some("array") => {
            let most = schema["maxItems"].as_u64().map(|most| format!(", at most {most}"));
            format!("a list of {}{}", kind(&schema["items"]), most.unwrap_or_default())
        }
        Some("object") => format!("names, each with {}", kind(&schema["additionalProperties"])),
        Some("integer") => {
            format!("a whole number from {} to {}", schema["minimum"], schema["maximum"])
        }
        Some("boolean") => "`true` or `false`".to_owned(),
        None if schema["type"].is_null() => "JSON".to_owned(),
        _ => "text".to_owned(),
    }
}

fn is_substitution(schema: &Json) -> bool {
    schema["$ref"] == "#/$defs/substitution"
}

/// The values of a key that takes one of a few, with their meanings.
fn choices(schema: &Json) -> Vec<(&str, &str)> {
    let forms = [&schema["oneOf"], &schema["anyOf"]].into_iter().filter_map(Json::as_array);
    let mut found = Vec::new();
    for form in forms.flatten() {
        let value = form["const"].as_str().or_else(|| form["enum"][0].as_str());
        match (value, form["description"].as_str()) {
            (Some(value), Some(described)) => found.push((value, described)),
            _ => found.extend(choices(form)),
        }
    }
    found
}

/// Within a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
