//! What the API answers, beside what the original's answered.

use serde_json::{Map, Value};

use super::{Cache, example, start};
use crate::TestPlatform;

/// Long enough that no window ends while a case runs.
const FOR_LONG: &str = "600";

fn cases(variant: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(example().join(format!("{variant}.json")));
    let golden: Value = serde_json::from_str(&text.expect("cases")).expect("JSON");
    golden["cases"].as_array().expect("cases").clone()
}

/// Puts the counters where the case before left the original's.
fn restore(cache: &Cache, before: &Map<String, Value>) {
    cache.tell(&["FLUSHALL"]);
    for (key, left) in before {
        cache.tell(&["SET", key, left["value"].as_str().expect("a value"), "EX", FOR_LONG]);
    }
}

/// Counters by name. Nothing is counted where there is no quota, so the original's -1 have no equal.
fn counted(state: &Value) -> Map<String, Value> {
    let all = state.as_object().expect("counters").iter();
    let real = all.filter(|(_, left)| left["value"] != "-1");
    real.map(|(key, left)| (key.clone(), left["value"].clone())).collect()
}

fn standing(cache: &Cache) -> Map<String, Value> {
    let keys = cache.tell(&["KEYS", "*none*"]);
    let keys = keys.lines().filter(|key| !key.is_empty());
    keys.map(|key| (key.to_owned(), cache.tell(&["GET", key]).into())).collect()
}

/// Values without the time that they live for.
fn timeless(mut said: Value) -> Value {
    for key in said["keys"].as_array_mut().into_iter().flatten() {
        assert!(key["ttl"].as_u64().is_some_and(|ttl| ttl > 0), "{key}");
        key.as_object_mut().expect("a key").remove("ttl");
    }
    said
}

/// One answer that differs, or nothing.
fn replay(platform: &TestPlatform, cache: &Cache, case: &Value, fixed: &[&str]) -> Option<String> {
    let (request, expected) = (&case["request"], &case["response"]);
    let method = request["method"].as_str().expect("a method");
    let path = format!("/prod{}", request["path"].as_str().expect("a path"));
    let answer = platform.connect().request(method, &path, &[], b"");
    let name = case["name"].as_str().expect("a name");
    let is_same = if fixed.contains(&name) {
        answer.status == 200
    } else if let Some(body) = expected["body"].as_str() {
        answer.status == 200 && answer.text() == body
    } else {
        expected["status"] == answer.status
            && expected["headers"]["content-type"].as_str() == answer.header("content-type")
            && timeless(expected["json"].clone()) == timeless(answer.json())
    };
    let left = standing(cache);
    // It forgets all counters at once, where the original forgot the first that it found.
    let is_cleared = name == "clear_cache" && left.is_empty();
    if is_same && (is_cleared || left == counted(&case["state_after"])) {
        return None;
    }
    Some(format!("{name}: {} {} {left:?}", answer.status, answer.text()))
}

fn check(variant: &str, count: usize, fixed: &[&str], prepare: impl Fn(&Cache, &str)) {
    let platform = start(&[&format!("quotas={variant}")]);
    let cache = Cache::of(&platform);
    let (mut before, mut different) = (Map::new(), Vec::new());
    let cases = cases(variant);
    for case in &cases {
        restore(&cache, &before);
        prepare(&cache, case["name"].as_str().expect("a name"));
        different.extend(replay(&platform, &cache, case, fixed));
        before = case["state_after"].as_object().expect("counters").clone();
        before.retain(|_, left| left["value"] != "-1");
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(cases.len(), count);
}

#[test]
fn a_hierarchical_quota_is_answered_like_the_original() {
    check("hierarchical", 36, &["clear_cache_empty"], |cache, name| {
        if name == "list_no_id" {
            cache.tell(&["FLUSHALL"]);
        }
    });
}

#[test]
fn quotas_by_window_are_answered_like_the_original() {
    check("windows", 20, &[], |cache, name| {
        let set = |key: &str, value: &str| cache.tell(&["SET", key, value, "EX", FOR_LONG]);
        match name {
            // Time went by.
            "health_ok_again" | "survey_ok_again" => {
                cache.tell(&["DEL", "none:second"]);
            }
            "minute_last_token" => {
                set("none:minute", "1");
                set("none:second", "2");
            }
            "hour_wins_over_minute" => {
                set("none:hour", "0");
            }
            "day_wins" => {
                set("none:day", "0");
            }
            "key_without_ttl_is_reset_day" => {
                cache.tell(&["PERSIST", "none:day"]);
            }
            "after_reset_ok" => {
                cache.tell(&["DEL", "none:hour", "none:minute", "none:second"]);
            }
            _ => {}
        }
    });
}
