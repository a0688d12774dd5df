//! Cross-origin requests: the gateway speaks for the API.

use std::time::Duration;

use model::api::PayloadFormat;
use model::{Cors, Protocol, Selector, Stack};

use crate::harness::{Act, Answer, Site, api, function, route, stack, throttle};

fn shared(cors: Cors) -> Stack {
    let routes = vec![
        route("POST /results", function(PayloadFormat::V2)),
        route("GET /results/{id}", function(PayloadFormat::V2)),
    ];
    let mut api = api(Protocol::Http, routes);
    api.cors = Some(cors);
    api.limits = vec![throttle("ip", Selector::Ip, 1, 1)];
    stack(vec![api])
}

fn listed() -> Cors {
    Cors {
        origins: vec!["https://app.example".into()],
        methods: Vec::new(),
        headers: vec!["content-type".into(), "x-a".into()],
        expose: vec!["x-total".into()],
        max_age: Some(Duration::from_secs(600)),
        credentials: true,
    }
}

fn site(cors: Cors) -> Site {
    Site::running(&shared(cors), |_| {
        let headers =
            r#"{"Access-Control-Allow-Origin":"*","Access-Control-Max-Age":"1","vary":"accept"}"#;
        Act::Answer(format!(r#"{{"statusCode":200,"headers":{headers},"body":"ok"}}"#))
    })
}

fn preflight(site: &Site, origin: &str) -> Answer {
    site.send(&format!(
        "OPTIONS /results HTTP/1.1\nHost: a\nOrigin: {origin}\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: x-b\nConnection: close\n\n"
    ))
}

fn post(site: &Site, path: &str, origin: &str) -> Answer {
    site.send(&format!(
        "POST {path} HTTP/1.1\nHost: a\nOrigin: {origin}\nContent-Length: 0\nConnection: close\n\n"
    ))
}

#[test]
fn preflights_are_answered_for_the_api() {
    let site = site(listed());
    for _ in 0..3 {
        let answer = preflight(&site, "https://app.example");
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET,OPTIONS,POST"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-a"));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        assert_eq!(answer.all("vary"), ["Origin"]);
    }
}

#[test]
fn other_origins_are_told_nothing() {
    let site = site(listed());
    for origin in
        ["https://evil.example", "null", "https://app.example.evil", "HTTPS://APP.EXAMPLE"]
    {
        let answer = preflight(&site, origin);
        assert_eq!(answer.status, 204);
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")));
        assert_eq!(answer.all("vary"), ["Origin"]);
    }
    let answer = post(&site, "/results", "null");
    assert_eq!(answer.status, 200);
    assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")));
}

#[test]
fn the_functions_own_headers_are_replaced() {
    let answer = post(&site(listed()), "/results", "https://app.example");
    assert_eq!(answer.all("access-control-allow-origin"), ["https://app.example"]);
    assert_eq!(answer.header("access-control-expose-headers"), Some("x-total"));
    assert_eq!(answer.header("access-control-max-age"), None);
    assert_eq!(answer.all("vary"), ["accept", "Origin"]);
}

#[test]
fn refusals_can_be_read_by_the_page() {
    let site = site(listed());
    assert_eq!(post(&site, "/results", "https://app.example").status, 200);
    for (path, status) in [("/results", 429), ("/nothing", 404)] {
        let answer = post(&site, path, "https://app.example");
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    }
}

#[test]
fn a_star_allows_everyone_and_what_they_ask_for() {
    let star = vec!["*".to_owned()];
    let cors = Cors {
        origins: star.clone(),
        methods: star.clone(),
        headers: star,
        expose: Vec::new(),
        max_age: None,
        credentials: false,
    };
    let answer = preflight(&site(cors), "https://any.example");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("x-b"));
    assert_eq!(
        answer.header("access-control-allow-methods"),
        Some("GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS")
    );
}

#[test]
fn options_that_are_no_preflight_are_routed() {
    let site = site(listed());
    let answer = site.send("OPTIONS /results HTTP/1.1\nHost: a\nConnection: close\n\n");
    assert_eq!(answer.status, 404);
}
