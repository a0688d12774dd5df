//! An hour of the API in some seconds, with more work than it allows.

use serde_json::Value;

use super::webhook::Webhook;
use super::{send, start, state};
use crate::TestPlatform;
use crate::patience::until;

/// What the API allows in a minute of its own, by the words of a path.
const LEVELS: [(&str, usize); 3] = [("/survey", 20), ("/interview", 10), ("/attachment", 5)];
/// Seconds that a minute lasts.
const MINUTE: f64 = 0.5;
/// Of each kind, in each of the runs: attachments alone take sixty minutes.
const ROUNDS: usize = 100;
const RUNS: usize = 3;
/// As many workers as may call at once, and clocks that read the time a little later.
const IN_FLIGHT: usize = 8;

/// When calls under a path were let through, in seconds, in order.
fn admitted(platform: &TestPlatform, word: &str) -> Vec<f64> {
    let log = std::fs::read_to_string(platform.path(".tidegate/logs/access.log")).expect("a log");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let calls = lines.filter(|line| {
        let path = line["path"].as_str().unwrap_or_default();
        path.starts_with("/prod/survey") && path.contains(word) && line["status"] == 200
    });
    let mut times: Vec<f64> =
        calls.map(|call| call["requestTimeEpoch"].as_f64().expect("a time") / 1_000.0).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The most calls within one window, windows beginning with the first call after the one before.
fn most_in_a_window(times: &[f64]) -> usize {
    let (mut most, mut begin) = (0, 0);
    while begin < times.len() {
        let end = times.partition_point(|time| *time < times[begin] + MINUTE);
        most = most.max(end - begin);
        begin = end;
    }
    most
}

fn is_idle(state: &Value, done: usize) -> bool {
    let jobs = &state["jobs"];
    state["work"]["done"] == done && jobs["ready"] == 0 && jobs["running"] == 0
}

#[test]
fn an_hour_exceeds_no_quota_loses_no_work_and_tells_every_change_once() {
    let webhook = Webhook::start();
    let settings = [
        format!("minute={MINUTE}"),
        format!("rounds={ROUNDS}"),
        "pause=0.1".to_owned(),
        format!("webhook={}", webhook.url),
    ];
    let platform = start(&settings.each_ref().map(String::as_str));
    for run in 1..=RUNS {
        assert_eq!(platform.post("/run", &[], b"").status, 202);
        // As long as work gets done, it may take its time.
        let all = run * ROUNDS * 3;
        let mut before = Value::Null;
        while !is_idle(&state(&platform), all) {
            until("something happens", || {
                let now = state(&platform)["work"].clone();
                std::mem::replace(&mut before, now.clone()) != now
                    || is_idle(&state(&platform), all)
            });
        }
        until("the run ends", || ended(&webhook) >= run);
    }
    for (word, limit) in LEVELS {
        let times = admitted(&platform, word);
        let most = most_in_a_window(&times);
        assert!(most <= limit + IN_FLIGHT, "{word}: {most} in one window");
    }
    let jobs = RUNS * ROUNDS;
    assert_eq!(admitted(&platform, "/survey").len(), 3 * jobs);
    assert_eq!(admitted(&platform, "/attachment").len(), jobs);
    assert_eq!(state(&platform)["dead"], 0);

    // The breaker opens and closes in turn, and people hear of each change once.
    let moves = state(&platform)["breaker"]["moves"].as_array().expect("moves").clone();
    assert!(!moves.is_empty());
    for (at, change) in moves.iter().enumerate() {
        assert_eq!(change["number"], at + 1);
        assert_eq!(change["state"], if at % 2 == 0 { "OPEN" } else { "CLOSED" });
    }
    let changes =
        || webhook.told().iter().filter(|title| title.ends_with("Circuit Breaker")).count();
    until("people know", || changes() >= moves.len());
    assert_eq!(changes(), moves.len());
    let opened = webhook.told().iter().filter(|title| *title == "Opened Circuit Breaker").count();
    assert_eq!(opened, moves.len().div_ceil(2));
}

fn ended(webhook: &Webhook) -> usize {
    // It begins and ends under one title.
    webhook.told().iter().filter(|title| *title == "Orchestrator").count() / 2
}

#[test]
fn what_is_no_work_becomes_a_dead_letter() {
    let platform = start(&["minute=1", "rounds=1"]);
    send(&platform, "jobs", "not a job");
    assert_eq!(platform.post("/run", &[], b"").status, 202);
    until("the jobs are done", || state(&platform)["work"]["done"] == 3);
    until("it is a dead letter", || state(&platform)["dead"] == 1);
}
