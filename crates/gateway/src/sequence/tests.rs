//! Runs the cases under `cases/sequence/`: what there is, `---`, what is asked for, `---`, what comes
//! of it.

use std::collections::HashMap;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::evaluate::{Content, Done, Gap, Scene};
use super::{Shape, Text};

#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/sequence");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("cases") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a case");
        let parts: Vec<&str> = text.split("\n---\n").collect();
        let [scene, asked, expected] = &*parts else { panic!("{}: three parts", path.display()) };
        let scene: Value = serde_json::from_str(scene).expect("JSON");
        for (asked, expected) in asked.lines().zip(expected.lines()) {
            assert_eq!(come_out(&scene, asked), expected, "{}: {asked}", path.display());
            count += 1;
        }
        assert_eq!(asked.lines().count(), expected.lines().count(), "{}", path.display());
    }
    assert!(count > 30, "found only {count}");
}

/// A line that begins with `/` is a path, one that is JSON is that, any other a header.
fn come_out(scene: &Value, asked: &str) -> String {
    let steps = scene["answers"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().expect("named")).collect();
    let headers = headers(&scene["headers"]);
    let parameters: HashMap<&str, &str> = scene["path"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("text")))
        .collect();
    let scene = Scene {
        body: content(&scene["body"]),
        headers: &headers,
        query: scene["query"].as_str().unwrap_or_default(),
        parameter: &|name| parameters.get(name).copied(),
        answers: steps.iter().map(done).collect(),
    };
    let text = || Text::compile(asked, &names).expect("a text");
    let outcome = match asked.chars().next() {
        Some('/') => text().fill_path(&scene),
        _ if serde_json::from_str::<Value>(asked).is_ok() => {
            let json: Value = serde_json::from_str(asked).expect("JSON");
            let shape = Shape::compile(&json, &names).expect("a shape");
            shape.fill(&scene).map(|value| value.to_string())
        }
        _ => text().fill_optional(&scene).map(|text| text.unwrap_or_else(|| "(left out)".into())),
    };
    outcome.unwrap_or_else(|gap| match gap {
        Gap::Request => "(the request lacks it)".to_owned(),
        Gap::Answer => "(an answer lacks it)".to_owned(),
    })
}

/// A text is a body as it is, anything else the JSON of one.
fn content(body: &Value) -> Content {
    Content::new(match body {
        Value::Null => bytes::Bytes::new(),
        Value::String(text) => text.clone().into(),
        json => json.to_string().into(),
    })
}

fn done(answer: &Value) -> Done {
    let status = answer["status"].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap_or(200);
    Done {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: headers(&answer["headers"]),
        body: content(&answer["body"]),
    }
}

fn headers(written: &Value) -> HeaderMap {
    let each = written.as_object().into_iter().flatten().map(|(name, value)| {
        let value = HeaderValue::from_str(value.as_str().expect("text")).expect("a value");
        (HeaderName::from_bytes(name.as_bytes()).expect("a name"), value)
    });
    each.collect()
}
