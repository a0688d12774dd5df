//! What operators see of a request.

use std::io::Write;
use std::sync::mpsc::channel;

use model::api::PayloadFormat;
use model::{AccessLog, ApiName, Protocol, Selector};

use crate::harness::{Act, Site, api, function, mock, route, stack, throttle};

#[test]
fn one_line_says_what_happened() {
    let routes = vec![route("GET /orders/{id}", mock("hello"))];
    let site = Site::serve(&stack(vec![api(Protocol::Http, routes)]));
    let answer = site.send(
        "GET /orders/7?secret=1 HTTP/1.1\nHost: api.example:3000\nUser-Agent: a \"b\"\nConnection: close\n\n",
    );
    let line = site.logged();
    let fields = line.as_object().expect("an object");
    assert_eq!(line["requestId"].as_str(), answer.header("apigw-requestid"));
    for (name, value) in [
        ("httpMethod", "GET"),
        ("path", "/orders/7"),
        ("routeKey", "GET /orders/{id}"),
        ("resourcePath", "/orders/{id}"),
        ("protocol", "HTTP/1.1"),
        ("apiId", "public"),
        ("stage", "$default"),
        ("domainName", "api.example:3000"),
        ("identity.sourceIp", "127.0.0.1"),
        ("identity.userAgent", "a \"b\""),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
    assert_eq!((&line["status"], &line["responseLength"]), (&200.into(), &5.into()));
    assert!(line["requestTimeEpoch"].is_u64() && line["responseLatency"].is_u64());
    assert!(fields.keys().all(|name| !name.starts_with("error")), "{line}");
    assert!(!line.to_string().contains("secret"));
}

#[test]
fn refusals_are_logged_and_counted_by_reason() {
    let mut api = api(Protocol::Http, vec![route("GET /orders/{id}", mock("hello"))]);
    api.limits = vec![throttle("door", Selector::Ip, 1, 1)];
    let site = Site::serve(&stack(vec![api]));
    for path in ["/orders/1", "/orders/2", "/nothing"] {
        site.get(path);
    }
    let lines = [site.logged(), site.logged(), site.logged()];
    assert_eq!(lines[0].get("error.responseType"), None);
    assert_eq!(lines[1]["error.responseType"], "throttled");
    assert_eq!(lines[2]["error.responseType"], "no_route");
    assert_eq!(lines[2].get("routeKey"), None);
    let text = site.gateway.metrics();
    for line in [
        "tidegate_refusals_total{reason=\"throttled\"} 1",
        "tidegate_refusals_total{reason=\"no_route\"} 1",
        "tidegate_throttled_total{api=\"public\",policy=\"door\"} 1",
        "http_server_active_requests 0",
        "http_server_request_duration_seconds_count{api=\"public\",http_request_method=\"GET\",http_route=\"/orders/{id}\",http_response_status_code=\"200\"} 1",
        "http_server_request_duration_seconds_count{api=\"public\",http_request_method=\"GET\",http_route=\"\",http_response_status_code=\"404\"} 1",
        "http_server_response_body_size_bytes_sum{api=\"public\",http_route=\"/orders/{id}\"} 36",
    ] {
        assert!(text.lines().any(|known| known == line), "no `{line}` in\n{text}");
    }
}

#[test]
fn an_api_can_do_without_lines_but_not_without_numbers() {
    let mut quiet = api(Protocol::Http, vec![route("GET /", mock("hello"))]);
    quiet.access_log = AccessLog::Off;
    quiet.hosts = vec!["quiet.example".to_owned()];
    let mut logged = api(Protocol::Http, vec![route("GET /logged", mock("hello"))]);
    logged.name = ApiName::parse("logged").expect("a name");
    let site = Site::serve(&stack(vec![quiet, logged]));
    for (host, path) in [("quiet.example", "/"), ("quiet.example", "/nothing"), ("a", "/logged")] {
        site.send(&format!("GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n"));
    }
    assert_eq!(site.logged()["apiId"], "logged");
    let text = site.gateway.metrics();
    let line = "http_server_request_duration_seconds_count{api=\"public\",http_request_method=\"GET\",http_route=\"/\",http_response_status_code=\"200\"} 1";
    assert!(text.lines().any(|known| known == line), "no `{line}` in\n{text}");
}

#[test]
fn a_client_that_leaves_is_logged_too() {
    let (began, has_begun) = channel();
    let routes = vec![route("GET /", function(PayloadFormat::V2))];
    let site = Site::running(&stack(vec![api(Protocol::Http, routes)]), move |_| {
        began.send(()).expect("the test waits");
        Act::Never
    });
    let mut client = site.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
    has_begun.recv().expect("the function runs");
    assert!(site.gateway.metrics().contains("http_server_active_requests 1\n"));
    drop(client);
    let line = site.logged();
    assert_eq!((&line["status"], &line["responseLength"]), (&499.into(), &0.into()));
    assert!(site.gateway.metrics().contains("http_server_active_requests 0\n"));
}
