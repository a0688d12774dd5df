//! Limits and their callers as people read them.

use serde_json::Value;

use crate::age;
use crate::table::drawn;

/// Both tables of an answer to `GET /limits`.
pub(super) fn of(seen: &Value) -> String {
    let now = seen["now"].as_u64();
    let (limits, keys) = (all(&seen["limits"]), all(&seen["keys"]));
    let mut text = String::new();
    if !limits.is_empty() {
        text.push_str(&limits_of(limits, now));
        text.push('\n');
    }
    if let Some(problem) = seen["store_problem"].as_str() {
        text.push_str(&without_store(problem, limits));
        return text;
    }
    match keys {
        [] => text.push_str("no caller to show\n"),
        keys => text.push_str(&callers(keys, now)),
    }
    text
}

/// Whether such an answer has no limit and no caller.
pub(super) fn is_empty(seen: &Value) -> bool {
    all(&seen["limits"]).is_empty() && all(&seen["keys"]).is_empty()
}

fn all(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// Callers are counted where nobody can look: what is wrong, and what decides meanwhile.
fn without_store(problem: &str, limits: &[Value]) -> String {
    let mut text = format!("callers cannot be shown: {problem}\n");
    for policy in ["share", "open", "closed", "stale"] {
        let of_policy = limits.iter().filter(|limit| limit["on_store_failure"] == policy);
        let names: Vec<_> = of_policy.map(name).collect();
        if !names.is_empty() {
            text.push_str(&format!(
                "`on_store_failure: {policy}` decides for {}\n",
                names.join(", ")
            ));
        }
    }
    text
}

/// What is tried out on an API since now.
pub(super) fn tried(api: &str, tried: &Value) -> String {
    match tried["limits"].as_array() {
        Some(limits) if !limits.is_empty() => limits_of(limits, None),
        _ => format!("no limit is tried out on the API `{api}`\n"),
    }
}

fn limits_of(limits: &[Value], now: Option<u64>) -> String {
    const HEADER: [&str; 9] =
        ["LIMIT", "RULE", "BY", "ACTION", "ALLOWED", "NEAR", "DENIED", "LAST DENIED", "MOSTLY"];
    let row = |limit: &Value| {
        let count = |one: &str, other: &str| {
            let total = limit[one].as_u64().unwrap_or(0) + limit[other].as_u64().unwrap_or(0);
            total.to_string()
        };
        let by = limit["by"].as_array().into_iter().flatten().filter_map(Value::as_str);
        vec![
            name(limit),
            rule(limit),
            by.collect::<Vec<_>>().join("+"),
            text(&limit["action"]),
            count("allowed", "would_allow"),
            limit["near"].as_u64().unwrap_or(0).to_string(),
            count("denied", "would_deny"),
            ago(limit["last_denied"].as_u64(), now),
            text(&limit["top"][0]["key"]),
        ]
    };
    drawn(&HEADER, limits.iter().map(row))
}

fn name(limit: &Value) -> String {
    format!("{}/{}", text(&limit["api"]), text(&limit["name"]))
}

/// One row for each caller.
pub(super) fn callers(keys: &[Value], now: Option<u64>) -> String {
    const HEADER: [&str; 8] = ["LIMIT", "CALLER", "KIND", "VALUE", "LIMIT", "LEFT", "TTL", ""];
    let row = |key: &Value| {
        let number = |name: &str| key[name].as_u64().unwrap_or(0).to_string();
        vec![
            format!("{}/{}", text(&key["api"]), text(&key["limit"])),
            text(&key["key"]),
            text(&key["kind"]),
            number("value"),
            number("of"),
            number("remaining"),
            span(key["ttl_ms"].as_u64().unwrap_or(0)),
            state(key, now),
        ]
    };
    drawn(&HEADER, keys.iter().map(row))
}

fn state(key: &Value, now: Option<u64>) -> String {
    let is_watched = key["would_throttle"] == true;
    let paused = match (key["paused_until"].as_u64(), now) {
        (Some(until), Some(now)) => format!("paused for {}", span(until.saturating_sub(now))),
        (Some(_), None) => "paused".to_owned(),
        (None, _) if is_watched => return "would be throttled".to_owned(),
        (None, _) if key["throttled"] == true => return "throttled".to_owned(),
        (None, _) => return String::new(),
    };
    if is_watched { format!("{paused}, but only watched") } else { paused }
}

/// With what servers that share it may admit beyond it, if anything.
fn rule(limit: &Value) -> String {
    let rule = text(&limit["rule"]);
    match limit["overshoot_bound"].as_u64() {
        None | Some(0) => rule,
        Some(bound) => format!("{rule} (+{bound} at most)"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn ago(at: Option<u64>, now: Option<u64>) -> String {
    match (at, now) {
        (Some(at), Some(now)) => format!("{} ago", span(now.saturating_sub(at))),
        _ => String::new(),
    }
}

/// Rounded up to whole seconds.
fn span(millis: u64) -> String {
    age::told(millis.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spans_are_rounded_up() {
        assert_eq!([0, 1, 57_000, 199_001].map(span), ["0s", "1s", "57s", "3m 20s"]);
    }

    #[test]
    fn limits_and_callers_are_drawn() {
        let seen = json!({
            "now": 10_000,
            "limits": [{
                "api": "public", "name": "ip", "rule": "20/min burst 20", "by": ["ip", "route"],
                "overshoot_bound": 0, "action": "enforce", "allowed": 20, "near": 4, "denied": 2, "last_denied": 7_500,
                "top": [{ "key": "ip=192.0.2.7 GET /" }],
            }],
            "keys": [
                {
                    "api": "public", "limit": "ip", "key": "ip=192.0.2.7 GET /", "kind": "rate",
                    "value": 20, "of": 20, "remaining": 0, "ttl_ms": 57_000, "throttled": true,
                    "paused_until": null,
                },
                {
                    "api": "public", "limit": "ip", "key": "ip=192.0.2.8 GET /", "kind": "rate",
                    "value": 1, "of": 20, "remaining": 19, "ttl_ms": 3_000, "throttled": true,
                    "paused_until": 70_000,
                },
                {
                    "api": "public", "limit": "ip", "key": "ip=192.0.2.9 GET /", "kind": "rate",
                    "value": 20, "of": 20, "remaining": 0, "ttl_ms": 3_000, "throttled": false,
                    "would_throttle": true, "paused_until": null,
                },
            ],
        });
        let expected = "\
LIMIT      RULE             BY        ACTION   ALLOWED  NEAR  DENIED  LAST DENIED  MOSTLY
public/ip  20/min burst 20  ip+route  enforce  20       4     2       3s ago       ip=192.0.2.7 GET /

LIMIT      CALLER              KIND  VALUE  LIMIT  LEFT  TTL
public/ip  ip=192.0.2.7 GET /  rate  20     20     0     57s  throttled
public/ip  ip=192.0.2.8 GET /  rate  1      20     19    3s   paused for 1m
public/ip  ip=192.0.2.9 GET /  rate  20     20     0     3s   would be throttled
";
        assert_eq!(of(&seen), expected);
    }
}
