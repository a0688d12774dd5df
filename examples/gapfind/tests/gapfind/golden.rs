//! Replays what the original answered (`golden.json`) through the functions, on both stores.

use std::path::Path;

use gapfind::answer::Answer;
use gapfind::event::Event;
use gapfind::refusal::Refusal;
use gapfind::store::{Place, ScheduleStore};
use gapfind::{registration, search, survey};
use serde_json::{Value, json};

use crate::redis_server::RedisServer;

type Respond = fn(&mut dyn ScheduleStore, &Event) -> Result<Answer, Refusal>;

const FUNCTIONS: [(&str, Respond); 3] =
    [("manual", registration::answer), ("results", search::answer), ("analyze", survey::answer)];

fn golden() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("golden.json")).expect("JSON")
}

/// The event that an HTTP API makes of a recorded request: JSON is text, the rest is base64.
fn event(request: &Value) -> Event {
    let content_type = request["headers"]["Content-Type"].as_str().expect("a content type");
    let is_text = content_type == "application/json";
    let mut event = json!({ "headers": { "content-type": content_type } });
    if let Some(encoded) = request["body_base64"].as_str() {
        event["isBase64Encoded"] = json!(!is_text);
        event["body"] = json!(if is_text { decoded(encoded) } else { encoded.to_owned() });
    }
    serde_json::from_value(event).expect("an event")
}

fn decoded(encoded: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
    String::from_utf8(bytes).expect("UTF-8")
}

/// Texts of the original's validator need only start alike.
fn is_alike(expected: &Value, found: &Value) -> bool {
    let text = |json: &Value| json["non_field_errors"][0].as_str().map(str::to_owned);
    match (text(expected), text(found)) {
        (Some(expected), Some(found)) if expected.contains("validation error") => {
            found.contains("validation error") && expected.starts_with(&found)
        }
        _ => expected == found,
    }
}

fn replay(store: &mut dyn ScheduleStore) {
    let golden = golden();
    let mut different = Vec::new();
    let mut count = 0;
    for (group, respond) in FUNCTIONS {
        for case in golden[group].as_array().expect("cases") {
            let answer = respond(store, &event(&case["request"])).unwrap_or_else(Answer::from);
            let json: Value = serde_json::from_str(&answer.body).expect("a JSON body");
            let expected = &case["response"];
            let same = expected["status"] == answer.status_code
                && expected["headers"]["content-type"] == answer.headers["Content-Type"]
                && is_alike(&expected["json"], &json);
            if !same {
                different.push(format!("{group} {}: {} {json}", case["name"], answer.status_code));
            }
            count += 1;
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(count, 83);
}

#[test]
fn sqlite_answers_like_the_original() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Sqlite(folder.path().join("gapfind.db"));
    replay(place.open().expect("a store").as_mut());
}

#[test]
fn redis_answers_like_the_original() {
    let server = RedisServer::start();
    replay(Place::Redis(server.url()).open().expect("a store").as_mut());
}
