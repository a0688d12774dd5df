//! Limits at the door: who is counted with whom, and what they are told.

use model::stack::Network;
use model::{Protocol, Selector, Stack};

use crate::harness::{Site, api, mock, route, stack, throttle};

fn limited(by: Selector) -> Stack {
    let routes = vec![route("GET /a/{id}", mock("a")), route("GET /b", mock("b"))];
    let mut api = api(Protocol::Http, routes);
    api.limits = vec![throttle("door", by, 2, 2)];
    stack(vec![api])
}

#[test]
fn clients_are_told_where_they_stand() {
    let mut stack = limited(Selector::Ip);
    stack.apis[0].routes[1].limits = vec![throttle("b-only", Selector::Route, 60, 30)];
    let site = Site::serve(&stack);
    let first = site.get("/b");
    assert_eq!(first.status, 200);
    let policies = r#""door";q=2;w=60, "b-only";q=60;w=60"#;
    assert_eq!(first.header("ratelimit-policy"), Some(policies));
    let standing = first.header("ratelimit").expect("a standing");
    assert!(standing.starts_with(r#""door";r=1;t="#), "{standing}");
    assert!(standing.contains(r#", "b-only";r=29;t="#), "{standing}");
    assert_eq!(first.header("retry-after"), None);
    assert_eq!(site.get("/b").status, 200);
    let denied = site.get("/b");
    assert_eq!((denied.status, denied.text()), (429, r#"{"message":"Too Many Requests"}"#));
    assert_eq!(denied.header("retry-after"), Some("30"));
    assert!(denied.header("ratelimit").is_some_and(|it| it.starts_with(r#""door";r=0;t=30"#)));
    // A denial takes nothing from the other limit.
    assert!(denied.header("ratelimit").is_some_and(|it| it.contains(r#""b-only";r=28"#)));
}

#[test]
fn headers_tell_callers_apart() {
    let site = Site::serve(&limited(Selector::Header("x-key".into())));
    let ask = |key: &str| {
        let request = format!("GET /b HTTP/1.1\nHost: a\n{key}Connection: close\n\n");
        site.send(&request).status
    };
    assert_eq!([ask("X-Key: 1\n"), ask("X-Key: 1\n"), ask("X-Key: 1\n")], [200, 200, 429]);
    assert_eq!(ask("X-Key: 2\n"), 200);
    assert_eq!([ask(""), ask(""), ask("")], [200, 200, 429]);
}

#[test]
fn path_parameters_count_decoded() {
    let site = Site::serve(&limited(Selector::PathParameter("id".into())));
    assert_eq!([site.get("/a/x").status, site.get("/a/%78").status], [200, 200]);
    assert_eq!(site.get("/a/x").status, 429);
    assert_eq!(site.get("/a/y").status, 200);
}

#[test]
fn routes_count_apart_and_the_api_counts_all() {
    let site = Site::serve(&limited(Selector::Route));
    assert_eq!([site.get("/b").status, site.get("/b").status], [200, 200]);
    assert_eq!([site.get("/b").status, site.get("/a/1").status], [429, 200]);
    let site = Site::serve(&limited(Selector::Api));
    assert_eq!([site.get("/b").status, site.get("/a/1").status], [200, 200]);
    assert_eq!([site.get("/b").status, site.get("/a/1").status], [429, 429]);
}

#[test]
fn trusted_proxies_name_the_client() {
    let mut stack = limited(Selector::Ip);
    let network = Network { address: "127.0.0.0".parse().expect("address"), prefix: 8 };
    stack.listener.trusted_proxies.networks = vec![network];
    let site = Site::serve(&stack);
    let ask = |client: &str| {
        let request =
            format!("GET /b HTTP/1.1\nHost: a\nX-Forwarded-For: {client}\nConnection: close\n\n");
        site.send(&request).status
    };
    assert_eq!([ask("9.9.9.9, 192.0.2.1"), ask("8.8.8.8, 192.0.2.1")], [200, 200]);
    assert_eq!(ask("7.7.7.7, 192.0.2.1"), 429);
    assert_eq!(ask("192.0.2.2"), 200);
    assert_eq!([ask("2001:db8:1:2::1"), ask("2001:db8:1:2::2")], [200, 200]);
    assert_eq!([ask("2001:db8:1:2:ffff::3"), ask("2001:db8:1:3::1")], [429, 200]);
    assert_eq!(site.logged()["identity.sourceIp"], "192.0.2.1");
}

#[test]
fn untrusted_claims_change_nothing() {
    let site = Site::serve(&limited(Selector::Ip));
    let ask = |client: &str| {
        let request =
            format!("GET /b HTTP/1.1\nHost: a\nX-Forwarded-For: {client}\nConnection: close\n\n");
        site.send(&request).status
    };
    assert_eq!([ask("192.0.2.1"), ask("192.0.2.2"), ask("192.0.2.3")], [200, 200, 429]);
}

#[test]
fn more_limits_than_can_be_decided_are_refused() {
    let mut stack = limited(Selector::Ip);
    let many = (0..=model::MOST_DECLARED).map(|n| throttle(&format!("t{n}"), Selector::Ip, 1, 1));
    stack.apis[0].limits = many.collect();
    let site = Site::serve(&crate::harness::stack(Vec::new()));
    let (most, count) = (model::MOST_DECLARED, model::MOST_DECLARED + 1);
    assert_eq!(
        site.gateway.install(&stack).expect_err("refused").to_string(),
        format!(
            "route `GET /a/{{id}}` of api `public` meets {count} limits; a request meets at most {most}"
        )
    );
}
