//! Limits beyond a rate by address: what a request lacks, what it costs, who is only counted, and how
//! a refusal is told.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway::LimitReport;
use limits::{Ask, Entry, InForce, Limits, Local, Look, Reply, Seed, StoreProblem};
use model::api::{LimitHeaders, PayloadFormat, RefusalShape};
use model::stack::Network;
use model::{
    Action, Cost, Limit, Now, Period, Protocol, Rule, Selector, Stack, Timestamp, WhenMissing, Zone,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::harness::{Act, Answer, Site, api, function, limit, mock, route, stack, throttle};

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
fn a_route_can_stay_out_of_the_limits_of_its_api() {
    let mut health = route("GET /health", mock("well"));
    health.api_limits = false;
    health.limits = vec![throttle("health", Selector::Ip, 1, 3)];
    let mut api = api(Protocol::Http, vec![route("GET /b", mock("b")), health]);
    let candidate = Limit { action: Action::WhatIf, ..throttle("calm", Selector::Ip, 1, 1) };
    api.limits = vec![throttle("door", Selector::Ip, 1, 1), candidate];
    let site = Site::serve(&stack(vec![api]));
    let statuses = |path: &str| [(); 4].map(|()| site.get(path).status);
    assert_eq!(statuses("/health"), [200, 200, 200, 429], "its own holds");
    assert_eq!(statuses("/b"), [200, 429, 429, 429]);
    let calm = report(&site, "calm");
    assert_eq!((calm.would_allow, calm.would_deny), (1, 3));
}

/// Whoever sends a second one chooses, else, whether the limit and the integration look at the same.
#[test]
fn what_a_limit_counts_by_comes_once() {
    let by_team = throttle("team", Selector::Header("x-team".into()), 2, 2);
    let by_page = throttle("page", Selector::Query("page".into()), 9, 9);
    let by_cookie = throttle("cookie", Selector::Header("cookie".into()), 2, 2);
    let site = Site::serve(&limited(vec![by_team, by_page]));
    let status = |head| ask(&site, head).status;
    assert_eq!(status("GET /b HTTP/1.1\nX-Team: a"), 200);
    assert_eq!(status("GET /b HTTP/1.1\nX-Team: junk\nX-Team: a"), 400);
    assert_eq!(status("GET /b?page=1&page=1 HTTP/1.1\nX-Team: a"), 400);
    assert_eq!(status("GET /b?page=1 HTTP/1.1\nX-Team: a"), 200);
    assert_eq!(status("GET /b?page=1 HTTP/1.1\nX-Team: a"), 429);
    let site = Site::serve(&limited(vec![by_cookie]));
    let status = |head| ask(&site, head).status;
    assert_eq!(status("GET /b HTTP/1.1\nCookie: a=1; b=2"), 200);
    assert_eq!(status("GET /b HTTP/1.1\nCookie: a=1\nCookie: b=2"), 200);
    assert_eq!(status("GET /b HTTP/1.1\nCookie: a=1; b=2"), 429);
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
    let huge = "99999999999999999999999";
    let huge = costing(json!({ "statusCode": 200, "headers": { "x-cost": huge }, "body": "" }));
    assert_eq!((left(&huge), huge.get("/f").status), (8, 429));
}

#[test]
fn a_limit_that_only_counts_learns_what_an_answer_cost() {
    let cost = Cost::Settled { response_header: "x-cost".into(), reserve: 1 };
    let counting =
        |action, name| Limit { action, cost: cost.clone(), ..throttle(name, Selector::Api, 1, 10) };
    let mut api = api(Protocol::Http, vec![route("GET /f", function(PayloadFormat::V2))]);
    api.limits = vec![counting(Action::Shadow, "shadow"), counting(Action::WhatIf, "candidate")];
    let reply = json!({ "statusCode": 200, "headers": { "x-cost": "6" }, "body": "" });
    let site = Site::running(&stack(vec![api]), move |_| Act::Answer(reply.to_string()));
    for _ in 0..4 {
        let answer = site.get("/f");
        assert_eq!((answer.status, answer.header("x-cost")), (200, Some("6")), "as it came");
    }
    for name in ["shadow", "candidate"] {
        let seen = report(&site, name);
        assert_eq!((seen.would_allow, seen.would_deny), (2, 2), "{name}");
    }
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

/// As of those it can tell apart, by where they come from; and a header sent twice is as none.
#[test]
fn a_rollout_refuses_a_share_of_those_it_cannot_tell_apart() {
    let refused = |percent| {
        let limit = Limit {
            action: Action::Enforce { percent },
            when_missing: WhenMissing::Refuse,
            ..throttle("rolled", Selector::Header("x-who".into()), 1, 1000)
        };
        let candidate = Limit {
            action: Action::WhatIf,
            when_missing: WhenMissing::Refuse,
            ..throttle("candidate", Selector::Header("x-who".into()), 1, 1000)
        };
        let mut stack = limited(vec![limit, candidate]);
        let network = Network { address: "127.0.0.0".parse().expect("address"), prefix: 8 };
        stack.listener.trusted_proxies.networks = vec![network];
        let site = Site::serve(&stack);
        let status = |from: &u32, who: &str| {
            let head = format!("GET /b HTTP/1.1\nX-Forwarded-For: 192.0.2.{from}{who}");
            ask(&site, &head).status
        };
        let clients: Vec<u32> = (0..40).filter(|from| status(from, "") == 400).collect();
        let twice: Vec<u32> =
            (0..40).filter(|from| status(from, "\nX-Who: a\nX-Who: b") == 400).collect();
        assert_eq!(clients, twice);
        let (rolled, candidate) = (report(&site, "rolled"), report(&site, "candidate"));
        assert_eq!(rolled.denied, 2 * clients.len() as u64);
        assert_eq!(rolled.denied + rolled.would_deny, 80);
        assert_eq!((rolled.allowed, candidate.would_allow, candidate.would_deny), (0, 0, 80));
        let names: Vec<_> = candidate.top.iter().map(|key| (&*key.name, key.denied)).collect();
        assert_eq!(names, [("x-who=(none)", 40), ("x-who=(several)", 40)]);
        clients
    };
    let (few, more, all) = (refused(25), refused(75), refused(100));
    assert!((1..20).contains(&few.len()) && (21..40).contains(&more.len()), "{few:?} {more:?}");
    assert!(few.iter().all(|client| more.contains(client)));
    assert_eq!(all.len(), 40);
}

#[test]
fn what_may_be_a_secret_is_not_shown() {
    let mut all = throttle("all", Selector::Header("x-auth".into()), 1, 9);
    let query = |name: &str| Selector::Query(name.into());
    all.by.extend([
        query("access_token"),
        query("v"),
        query("page"),
        Selector::Header("x-p".into()),
    ]);
    let site =
        Site::serve(&limited(vec![Limit { action: Action::Shadow, cost: Cost::Fixed(10), ..all }]));
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVk";
    let path = format!("/b?access_token=tok123&v={jwt}&page=7");
    ask(&site, &format!("GET {path} HTTP/1.1\nX-Auth: Bearer secretsecret\nX-P: Basic YTpi"));
    let name = report(&site, "all").top.remove(0).name;
    let hidden = name.split_once("(hidden ").and_then(|(_, rest)| rest.split_once(')'));
    let hash = hidden.expect("hidden").0;
    let expected = ["x-auth=*", "?access_token=*", "?v=*", "?page=7", "x-p=*"].join(" ");
    assert_eq!(name.replace(&format!("(hidden {hash})"), "*"), expected);
}

#[test]
fn a_shadow_counts_whom_it_could_not_tell_apart() {
    let shadow = Limit {
        action: Action::Shadow,
        when_missing: WhenMissing::Refuse,
        ..throttle("shadow", Selector::Header("x-who".into()), 9, 9)
    };
    let site = Site::serve(&limited(vec![shadow]));
    assert_eq!([(); 2].map(|()| ask(&site, "GET /b HTTP/1.1").status), [200, 200]);
    assert_eq!(ask(&site, "GET /b HTTP/1.1\nX-Who: a").status, 200);
    let seen = report(&site, "shadow");
    assert_eq!((seen.would_allow, seen.would_deny), (1, 2));
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

/// Whom the request counts for is asked of the API's limits and the route's, one after another.
#[test]
fn a_problem_document_names_the_limit_that_cannot_tell_who_calls() {
    let by_team = Limit {
        when_missing: WhenMissing::Refuse,
        ..throttle("team", Selector::Header("x-team".into()), 7, 7)
    };
    let by_page = throttle("page", Selector::Query("page".into()), 9, 9);
    let mut stack = limited(vec![throttle("wide", Selector::Api, 5, 5), by_team]);
    stack.apis[0].routes[0].limits = vec![by_page];
    stack.apis[0].refusals = RefusalShape::Problem;
    let site = Site::serve(&stack);
    let said = |head| {
        let refused = ask(&site, head);
        let mut said: Value = serde_json::from_slice(&refused.body).expect("JSON");
        said["request_id"].take();
        said
    };
    let expected = |policy, level, limit| {
        json!({
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "reason": "unidentified",
            "violated-policies": [policy],
            "policy": policy,
            "level": level,
            "limit": limit,
            "request_id": null,
        })
    };
    assert_eq!(said("GET /b HTTP/1.1"), expected("team", "api", 7));
    let twice = "GET /b?page=1&page=2 HTTP/1.1\nX-Team: a";
    assert_eq!(said(twice), expected("page", "route", 9));
}

fn rule(name: &str, rule: Rule) -> Limit {
    limit(name, Selector::Api, rule)
}

#[test]
fn quotas_and_windows_hold_and_say_what_they_are() {
    const HOUR: Duration = Duration::from_hours(1);
    let daily = |limit| Rule::Quota { limit, period: Period::Day, zone: Zone::UTC };
    let rolling = Rule::Quota { limit: 2, period: Period::Rolling(HOUR), zone: Zone::UTC };
    for (rule_of, policy, body) in [
        (daily(2), r#""it";q=2;w=86400"#, "quota_exceeded"),
        (rolling, r#""it";q=2;w=3600"#, "quota_exceeded"),
        (Rule::FixedWindow { limit: 2, per: HOUR }, r#""it";q=2;w=3600"#, "throttled"),
        (Rule::SlidingWindow { limit: 2, per: HOUR }, r#""it";q=2;w=3600"#, "throttled"),
    ] {
        let mut stack = limited(vec![rule("it", rule_of.clone())]);
        stack.apis[0].refusals = RefusalShape::Problem;
        let site = Site::serve(&stack);
        assert_eq!([site.get("/b").status, site.get("/b").status], [200, 200], "{rule_of:?}");
        let refused = site.get("/b");
        assert_eq!(refused.status, 429, "{rule_of:?}");
        assert_eq!(refused.header("ratelimit-policy"), Some(policy));
        let said: Value = serde_json::from_slice(&refused.body).expect("JSON");
        assert_eq!(said["reason"], body);
        let wait = refused.header("retry-after").and_then(|it| it.parse::<u64>().ok());
        assert!(wait.is_some_and(|seconds| (1..=86_400).contains(&seconds)), "{wait:?}");
    }
}

#[test]
fn rest_apis_tell_a_quota_from_a_throttle_as_aws_does() {
    let quota = Rule::Quota { limit: 1, period: Period::Month, zone: Zone::UTC };
    let mut stack = limited(vec![rule("monthly", quota)]);
    stack.apis[0].protocol = Protocol::Rest;
    let site = Site::serve(&stack);
    assert_eq!(site.get("/b").status, 200);
    let refused = site.get("/b");
    assert_eq!((refused.status, refused.text()), (429, r#"{"message":"Limit Exceeded"}"#));
    assert_eq!(refused.header("x-amzn-errortype"), Some("LimitExceededException"));
}

/// One request at a time, and functions that answer when the test says so.
struct Slots {
    site: Site,
    answers: Receiver<oneshot::Sender<String>>,
}

impl Slots {
    fn serve(action: Action) -> Self {
        let (sender, answers) = channel();
        let mut api = api(
            Protocol::Http,
            vec![route("GET /slow", function(PayloadFormat::V2)), route("GET /b", mock("b"))],
        );
        let slots = rule("slots", Rule::Concurrency { slots: 1 });
        api.limits = vec![Limit { action, ..slots }];
        let site = Site::running(&stack(vec![api]), move |_| {
            let (answer, later) = oneshot::channel();
            sender.send(answer).expect("the test waits");
            Act::Later(later)
        });
        Self { site, answers }
    }

    /// A request that has reached its function.
    fn begin(&self) -> (TcpStream, oneshot::Sender<String>) {
        let mut client = self.site.connect();
        let request = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(request).expect("sent");
        let answer = self.answers.recv_timeout(Duration::from_secs(20)).expect("a request");
        (client, answer)
    }
}

#[test]
fn a_slot_is_given_back_with_the_answer() {
    let slots = Slots::serve(Action::ENFORCE);
    let (mut client, answer) = slots.begin();
    let refused = slots.site.get("/b");
    assert_eq!(refused.status, 429);
    let policy = r#""slots";q=1;qu="concurrent-requests""#;
    assert_eq!(refused.header("ratelimit-policy"), Some(policy));
    assert_eq!(refused.header("ratelimit"), Some(r#""slots";r=0"#));
    assert_eq!(refused.header("retry-after"), Some("1"));
    answer.send("{}".to_owned()).expect("the function waits");
    client.read_to_end(&mut Vec::new()).expect("an answer");
    assert_eq!([slots.site.get("/b").status, slots.site.get("/b").status], [200, 200]);
}

#[test]
fn a_slot_is_given_back_when_its_client_has_gone() {
    let slots = Slots::serve(Action::ENFORCE);
    let (client, answer) = slots.begin();
    drop(client);
    assert_eq!(slots.site.logged()["status"], 499);
    assert_eq!(slots.site.get("/b").status, 200);
    drop(answer);
}

#[test]
fn a_shadow_of_slots_counts_who_would_have_waited() {
    let slots = Slots::serve(Action::Shadow);
    let (mut client, answer) = slots.begin();
    assert_eq!(slots.site.get("/b").status, 200);
    answer.send("{}".to_owned()).expect("the function waits");
    client.read_to_end(&mut Vec::new()).expect("an answer");
    assert_eq!(slots.site.get("/b").status, 200);
    let seen = report(&slots.site, "slots");
    assert_eq!((seen.would_allow, seen.would_deny), (2, 1));
}

/// Limits whose first answer comes when the test says so, as a busy store's.
struct Late {
    limits: Local,
    first: Mutex<Option<oneshot::Receiver<()>>>,
    asked: Sender<()>,
}

impl Limits for Late {
    fn seed(&self) -> &Seed {
        self.limits.seed()
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> limits::Answer {
        let Some(go_on) = self.first.lock().expect("no panic").take() else {
            return self.limits.decide(asks, now);
        };
        let decided = self.limits.decide(asks, now);
        self.asked.send(()).expect("the test waits");
        Reply::later(async move {
            go_on.await.expect("the test goes on");
            decided.await
        })
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> limits::Answer {
        self.limits.peek(asks, now)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        self.limits.refund(asks, taken, now);
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        self.limits.settle(ask, extra, taken, now);
    }

    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Changed {
        self.limits.pause(ask, until, now)
    }

    fn resume(&self, ask: &Ask<'_>, now: Now) -> Changed {
        self.limits.resume(ask, now)
    }

    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Changed {
        self.limits.carry_pauses(in_force, now)
    }

    fn reset(&self, ask: &Ask<'_>, now: Now) -> Changed {
        self.limits.reset(ask, now)
    }

    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Changed {
        self.limits.lower(ask, used, now)
    }

    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        self.limits.inspect(look, now)
    }
}

type Changed = Reply<Result<(), StoreProblem>>;

#[test]
fn a_slot_that_comes_after_its_client_has_gone_is_given_back() {
    let (go_on, first) = oneshot::channel();
    let (asked, is_asked) = channel();
    let one = limited(vec![rule("slots", Rule::Concurrency { slots: 1 })]);
    let site = Site::counting(
        &one,
        |_| Act::Never,
        |limits| Arc::new(Late { limits, first: Mutex::new(Some(first)), asked }),
    );
    let mut client = site.connect();
    client.write_all(b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
    is_asked.recv_timeout(Duration::from_secs(20)).expect("the limits are asked");
    drop(client);
    assert_eq!(site.logged()["status"], 499);
    assert_eq!(site.get("/b").status, 429, "it is not decided yet for those who wait");
    go_on.send(()).expect("it is waited for");
    assert!((0..2_000).any(|_| site.get("/b").status == 200), "the slot is lost");
}
