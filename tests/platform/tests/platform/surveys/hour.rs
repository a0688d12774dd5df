//! An hour of the API in some seconds, with more work than it allows.

use serde_json::Value;

use super::webhook::Webhook;
use super::{Cache, send, start, state};
use crate::TestPlatform;
use crate::http::Connection;
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
    let recent = state(&platform)["breaker"]["moves"].as_array().expect("moves").clone();
    let number = |change: &Value| change["number"].as_u64().expect("a number");
    let last = number(recent.last().expect("it opened"));
    for (change, expected) in recent.iter().rev().zip((1..=last).rev()) {
        assert_eq!(number(change), expected);
        assert_eq!(change["state"], if expected % 2 == 1 { "OPEN" } else { "CLOSED" });
    }
    let told = |what: &str| {
        let titles = webhook.told();
        titles.iter().filter(|title| title.ends_with(what)).count() as u64
    };
    until("people know", || told("Circuit Breaker") >= last);
    assert_eq!(told("Circuit Breaker"), last);
    assert_eq!(told("Opened Circuit Breaker"), last.div_ceil(2));
}

fn ended(webhook: &Webhook) -> usize {
    // It begins and ends under one title.
    webhook.told().iter().filter(|title| *title == "Orchestrator").count() / 2
}

#[test]
fn what_is_no_work_becomes_a_dead_letter() {
    let platform = start(&["minute=1", "rounds=1"]);
    send(&platform, "jobs", "not a job");
    // The run after the third that receives it moves it.
    for run in 1..=4 {
        assert_eq!(platform.post("/run", &[], b"").status, 202);
        until("the jobs are done", || state(&platform)["work"]["done"] == 3 * run);
        until("it can be received again, or never", || {
            let now = state(&platform);
            now["jobs"]["ready"] == 1 || now["dead"] == 1
        });
    }
    assert_eq!(state(&platform)["dead"], 1);
}

#[test]
fn an_orchestrator_waits_for_a_task_master_that_is_late() {
    let platform = start(&["rounds=1"]);
    let cache = Cache::of(&platform);
    invoke(&platform, "orchestrator");
    // It counts the jobs with workers whenever the queue was found empty, as nobody else does here.
    until("it has looked twice", || {
        let said = cache.tell(&["INFO", "commandstats"]);
        let looks = said.lines().find_map(|line| line.strip_prefix("cmdstat_zcard:calls="));
        let looks = looks.and_then(|looks| looks.split(',').next()?.parse::<u32>().ok());
        looks.is_some_and(|looks| looks >= 2)
    });
    invoke(&platform, "task-master");
    until("the jobs are done", || state(&platform)["work"]["done"] == 3);
    until("it leaves", || state(&platform)["notices"][0]["event"] == "run-ended");
}

/// As a schedule does.
fn invoke(platform: &TestPlatform, function: &str) {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let asynchronous = [("x-amz-invocation-type", "Event")];
    let answer = Connection::open(&platform.aws).request("POST", &path, &asynchronous, b"{}");
    assert_eq!(answer.status, 202, "{}", answer.text());
}
