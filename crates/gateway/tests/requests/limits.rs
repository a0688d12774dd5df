//! Limits beyond a rate by address: what a request lacks, what it costs, who is only counted, and how
//! a refusal is told.

use gateway::LimitReport;
use model::api::{LimitHeaders, PayloadFormat, RefusalShape};
use model::{Action, Cost, Limit, Protocol, Selector, Stack, WhenMissing};
use serde_json::{Value, json};

use crate::harness::{Act, Answer, Site, api, function, mock, route, stack, throttle};

fn limited(limits: Vec<Limit>) -> Stack {
    let mut api = api(Protocol::Http, vec![route("GET /b", mock("b"))]);
    api.limits = limits;
    stack(vec![api])
}

fn ask(site: &Site, head: &str) -> Answer {
    site.send(&format!("{head}\nHost: a\nConnection: close\n\n"))
}

fn report(site: &Site, policy: &str) -> LimitReport {
    let all = site.gateway.limits(10).into_iter();
    all.into_iter().find(|limit| limit.policy == policy).expect("a report")
}

#[test]
fn what_a_request_lacks_is_shared_refused_or_skipped() {
    let by_key = |when_missing| Limit {
        when_missing,
        ..throttle("door", Selector::Header("x-team".into()), 1, 1)
    };
    let statuses = |when_missing| {
        let site = Site::serve(&limited(vec![by_key(when_missing)]));
        let bare = [(); 3].map(|()| ask(&site, "GET /b HTTP/1.1").status);
        let named = [(); 2].map(|()| ask(&site, "GET /b HTTP/1.1\nX-Team: a").status);
        (bare, named)
    };
    assert_eq!(statuses(WhenMissing::Share), ([200, 429, 429], [200, 429]));
    assert_eq!(statuses(WhenMissing::Refuse), ([400, 400, 400], [200, 429]));
    assert_eq!(statuses(WhenMissing::Skip), ([200, 200, 200], [200, 429]));
}

#[test]
fn a_skipped_limit_is_not_told() {
    let by_team = Limit {
        when_missing: WhenMissing::Skip,
        ..throttle("team", Selector::Header("x-team".into()), 5, 5)
    };
    let site = Site::serve(&limited(vec![throttle("all", Selector::Api, 9, 9), by_team]));
    let policies = |head| ask(&site, head).header("ratelimit-policy").map(str::to_owned);
    assert_eq!(policies("GET /b HTTP/1.1"), Some(r#""all";q=9;w=60"#.into()));
    assert_eq!(
        policies("GET /b HTTP/1.1\nX-Team: a"),
        Some(r#""all";q=9;w=60, "team";q=5;w=60"#.into())
    );
}

#[test]
fn query_parameters_tell_callers_apart() {
    let site = Site::serve(&limited(vec![throttle("p", Selector::Query("project".into()), 1, 1)]));
    let status = |path: &str| site.get(path).status;
    assert_eq!(
        [status("/b?project=a"), status("/b?x=1&project=%61"), status("/b?project=b")],
        [200, 429, 200]
    );
}

#[test]
fn a_fixed_cost_is_taken_from_each() {
    let dear = Limit { cost: Cost::Fixed(4), ..throttle("dear", Selector::Api, 1, 10) };
    let site = Site::serve(&limited(vec![dear]));
    assert_eq!(
        [site.get("/b").status, site.get("/b").status, site.get("/b").status],
        [200, 200, 429]
    );
}

fn costing(reply: Value) -> Site {
    let settled = Cost::Settled { response_header: "x-cost".into(), reserve: 2 };
    let mut api = api(Protocol::Http, vec![route("GET /f", function(PayloadFormat::V2))]);
    api.limits = vec![Limit { cost: settled, ..throttle("priced", Selector::Api, 1, 10) }];
    Site::running(&stack(vec![api]), move |_| Act::Answer(reply.to_string()))
}

fn left(site: &Site) -> u64 {
    let answer = site.get("/f");
    assert_eq!(answer.header("x-cost"), None);
    let standing = answer.header("ratelimit").expect("a standing").to_owned();
    let rest = standing.split("r=").nth(1).expect("permits left");
    rest.split(';').next().and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn an_answer_says_what_it_cost() {
    // What is told is known before the answer: the reserve is taken.
    let dear = costing(json!({ "statusCode": 200, "headers": { "x-cost": "5" }, "body": "" }));
    assert_eq!([left(&dear), left(&dear)], [8, 3]);
    // Ten are used: the next caller waits although the reserve would have fit.
    assert_eq!(dear.get("/f").status, 429);
    let free = costing(json!({ "statusCode": 200, "headers": { "x-cost": "0" }, "body": "" }));
    assert_eq!([left(&free), left(&free), left(&free)], [8, 8, 8]);
    let silent = costing(json!({ "statusCode": 200, "body": "" }));
    assert_eq!([left(&silent), left(&silent)], [8, 6]);
    let absurd = costing(json!({ "statusCode": 200, "headers": { "x-cost": "-7" }, "body": "" }));
    assert_eq!([left(&absurd), left(&absurd)], [8, 6]);
}

#[test]
fn a_shadow_counts_and_refuses_nobody() {
    let shadow = Limit { action: Action::Shadow, ..throttle("tight", Selector::Ip, 1, 1) };
    let off = Limit { action: Action::Off, ..throttle("off", Selector::Ip, 1, 1) };
    let site = Site::serve(&limited(vec![shadow, off]));
    for _ in 0..4 {
        let answer = site.get("/b");
        assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
    }
    let seen = report(&site, "tight");
    assert_eq!((seen.would_allow, seen.would_deny, seen.denied), (1, 3, 0));
    let top = seen.top.iter().map(|key| (&*key.name, key.denied)).collect::<Vec<_>>();
    assert_eq!(top, [("ip=127.0.0.1", 3)]);
    let metrics = site.gateway.metrics();
    let line =
        r#"tidegate_limit_decisions_total{api="public",policy="tight",outcome="would_deny"} 3"#;
    assert!(metrics.lines().any(|one| one == line), "{metrics}");
}

/// A candidate sees what an enforced limit refuses; a shadow stands behind it.
#[test]
fn candidates_see_all_traffic_and_shadows_what_is_admitted() {
    let action = |action, name| Limit { action, ..throttle(name, Selector::Api, 60, 60) };
    let site = Site::serve(&limited(vec![
        throttle("door", Selector::Api, 2, 2),
        action(Action::Shadow, "shadow"),
        action(Action::WhatIf, "candidate"),
    ]));
    let statuses: Vec<u16> = (0..5).map(|_| site.get("/b").status).collect();
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
    assert_eq!(report(&site, "shadow").would_allow, 2);
    assert_eq!(report(&site, "candidate").would_allow, 5);
    let door = report(&site, "door");
    assert_eq!((door.allowed, door.near, door.denied), (2, 1, 3));
}

/// A share of the callers, always the same ones; whoever is in a share is in a larger one.
#[test]
fn a_rollout_refuses_a_share_of_the_callers() {
    let refused = |percent| {
        let limit = Limit {
            action: Action::Enforce { percent },
            ..throttle("rolled", Selector::Header("x-team".into()), 1, 1)
        };
        let site = Site::serve(&limited(vec![limit]));
        let is_refused = |team: &u32| {
            let head = format!("GET /b HTTP/1.1\nX-Team: {team}");
            ask(&site, &head);
            ask(&site, &head).status == 429
        };
        let teams: Vec<u32> = (0..60).filter(is_refused).collect();
        let seen = report(&site, "rolled");
        // The others are counted.
        assert_eq!(seen.denied + seen.would_deny, 60);
        assert_eq!(seen.denied, teams.len() as u64);
        teams
    };
    let (few, again, more, all) = (refused(25), refused(25), refused(75), refused(100));
    assert_eq!(few, again);
    assert!((1..30).contains(&few.len()) && (31..60).contains(&more.len()), "{few:?} {more:?}");
    assert!(few.iter().all(|team| more.contains(team)));
    assert_eq!(all.len(), 60);
}

#[test]
fn headers_come_in_the_form_that_the_api_wants() {
    let told = |limit_headers| {
        let mut stack = limited(vec![
            throttle("wide", Selector::Api, 100, 100),
            throttle("narrow", Selector::Ip, 1, 2),
        ]);
        stack.apis[0].limit_headers = limit_headers;
        let site = Site::serve(&stack);
        let answers = [(); 3].map(|()| site.get("/b"));
        let [first, .., last] = &answers;
        assert_eq!(last.status, 429);
        assert!(last.header("retry-after").is_some());
        let legacy = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let legacy = legacy.map(|name| first.header(name).and_then(|text| text.parse().ok()));
        (first.header("ratelimit").is_some(), first.header("ratelimit-policy").is_some(), legacy)
    };
    let numbers: [Option<u64>; 3] = [Some(2), Some(1), Some(60)];
    let none = [None, None, None];
    assert_eq!(told(LimitHeaders::Draft), (true, true, none));
    assert_eq!(told(LimitHeaders::Legacy), (false, false, numbers));
    assert_eq!(told(LimitHeaders::Both), (true, true, numbers));
    assert_eq!(told(LimitHeaders::None), (false, false, none));
}

#[test]
fn a_problem_document_names_the_limit() {
    let mut stack =
        limited(vec![throttle("wide", Selector::Api, 1, 1), throttle("door", Selector::Ip, 2, 1)]);
    stack.apis[0].refusals = RefusalShape::Problem;
    let site = Site::serve(&stack);
    assert_eq!(site.get("/b").status, 200);
    let refused = site.get("/b");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let retry_after: u64 =
        refused.header("retry-after").and_then(|it| it.parse().ok()).expect("seconds");
    let mut said: Value = serde_json::from_slice(&refused.body).expect("JSON");
    let wait = said["retry_after_ms"].take().as_u64().expect("milliseconds");
    assert!((59_000..=60_000).contains(&wait) && retry_after == wait.div_ceil(1000), "{wait}");
    let id = said["request_id"].take();
    assert_eq!(id.as_str(), refused.header("apigw-requestid"));
    assert_eq!(
        said,
        json!({
            "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
            "title": "Request cannot be satisfied as assigned quota has been exceeded",
            "status": 429,
            "reason": "throttled",
            "violated-policies": ["wide", "door"],
            "policy": "wide",
            "level": "api",
            "limit": 1,
            "remaining": 0,
            "retry_after_ms": null,
            "request_id": null,
        })
    );
    let missing: Value = serde_json::from_slice(&site.get("/nothing").body).expect("JSON");
    assert_eq!((&missing["type"], &missing["status"]), (&json!("about:blank"), &json!(404)));
}
