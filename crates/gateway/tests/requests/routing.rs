//! Which API and route answer, and what is said when none does.

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use model::api::PayloadFormat;
use model::{Integration, Protocol};
use tokio::sync::oneshot;

use crate::harness::{Act, Site, api, function, mock, route, stack};

#[test]
fn the_most_specific_route_answers() {
    let routes = vec![
        route("GET /pets/{id}", mock("one")),
        route("GET /pets/dog", mock("dog")),
        route("ANY /pets/{proxy+}", mock("rest")),
        route("GET /", mock("root")),
    ];
    let site = Site::serve(&stack(vec![api(Protocol::Http, routes)]));
    assert_eq!(site.get("/pets/dog").text(), "dog");
    assert_eq!(site.get("/pets/cat?x=1").text(), "one");
    assert_eq!(site.get("/pets/cat/7").text(), "rest");
    assert_eq!(site.get("/").text(), "root");
    let answer = site.post("/pets/dog", "text/plain", b"x");
    assert_eq!((answer.status, answer.text()), (200, "rest"));
}

#[test]
fn http_apis_say_not_found() {
    let routes = vec![route("GET /pets", mock("pets"))];
    let site = Site::serve(&stack(vec![api(Protocol::Http, routes)]));
    for answer in [site.get("/nothing"), site.get("/pets/"), site.post("/pets", "text/plain", b"")]
    {
        assert_eq!((answer.status, answer.text()), (404, r#"{"message":"Not Found"}"#));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("apigw-requestid").map(str::len), Some(16));
    }
    assert_eq!(site.send("OPTIONS * HTTP/1.1\nHost: a\nConnection: close\n\n").status, 404);
}

#[test]
fn rest_apis_miss_an_authentication_token() {
    let mut rest = api(Protocol::Rest, vec![route("GET /pets", mock("pets"))]);
    rest.stage = "prod".into();
    let site = Site::serve(&stack(vec![rest]));
    assert_eq!(site.get("/prod/pets").text(), "pets");
    assert_eq!(site.get("/prod/pets/").text(), "pets");
    let answer = site.get("/prod/nothing");
    assert_eq!(answer.status, 403);
    assert_eq!(answer.text(), r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!(answer.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));
    assert_eq!(answer.header("x-amzn-requestid").map(str::len), Some(36));
    let answer = site.get("/test/pets");
    assert_eq!((answer.status, answer.text()), (403, r#"{"message":"Forbidden"}"#));
}

#[test]
fn hosts_and_stages_choose_the_api() {
    let mut first = api(Protocol::Http, vec![route("GET /a", mock("first"))]);
    first.hosts = vec!["one.example".into()];
    let mut second = api(Protocol::Http, vec![route("GET /a", mock("second"))]);
    second.stage = "v2".into();
    let third =
        api(Protocol::Http, vec![route("GET /a", mock("third")), route("GET /b", mock("b"))]);
    let site = Site::serve(&stack(vec![third, second, first]));
    let ask = |host: &str, path: &str| {
        let request = format!("GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n");
        let answer = site.send(&request);
        if answer.status == 200 { answer.text().to_owned() } else { answer.status.to_string() }
    };
    assert_eq!(ask("one.example:3000", "/a"), "first");
    assert_eq!(ask("two.example", "/a"), "third");
    assert_eq!(ask("two.example", "/v2/a"), "second");
    assert_eq!(ask("ONE.example", "/b"), "b");
    assert_eq!(ask("two.example", "/v2/b"), "404");
}

#[test]
fn heads_carry_no_body() {
    let site = Site::serve(&stack(vec![api(Protocol::Http, vec![route("ANY /", mock("hello"))])]));
    let answer = site.send("HEAD / HTTP/1.1\nHost: a\nConnection: close\n\n");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-length"), Some("5"));
    assert_eq!(site.logged()["responseLength"], 0);
}

#[test]
fn redirects_take_parameters_along() {
    let location = "https://new.example/{proxy}?from=old".to_owned();
    let away = Integration::Redirect { status: 308, location };
    let site =
        Site::serve(&stack(vec![api(Protocol::Http, vec![route("ANY /old/{proxy+}", away)])]));
    let answer = site.get("/old/a%20b/c");
    assert_eq!(answer.status, 308);
    assert_eq!(answer.header("location"), Some("https://new.example/a%20b/c?from=old"));
    assert_eq!(answer.body, b"");
}

#[test]
fn a_new_stack_serves_the_next_request() {
    let one = |body| stack(vec![api(Protocol::Http, vec![route("GET /", mock(body))])]);
    let site = Site::serve(&one("old"));
    assert_eq!(site.get("/").text(), "old");
    site.gateway.install(&one("new")).expect("installed");
    assert_eq!(site.get("/").text(), "new");
    let mut broken = one("broken");
    broken.apis[0].routes[0].integration =
        Integration::Redirect { status: 7, location: "/".into() };
    let problem = site.gateway.install(&broken).expect_err("refused");
    let said = "route `GET /` of api `public` cannot answer with status 7; give 200 to 599";
    assert_eq!(problem.to_string(), said);
    assert_eq!(site.get("/").text(), "new");
}

#[test]
fn a_request_ends_on_the_plan_it_began_with() {
    let routes = |integration| stack(vec![api(Protocol::Http, vec![route("GET /", integration)])]);
    let (answer, later) = oneshot::channel();
    let later = Mutex::new(Some(later));
    let (began, has_begun) = channel();
    let site = Site::running(&routes(function(PayloadFormat::V2)), move |_| {
        began.send(()).expect("the test waits");
        Act::Later(later.lock().expect("lock").take().expect("one request"))
    });
    let mut stream = site.connect();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).expect("sent");
    has_begun.recv().expect("the function runs");
    site.gateway.install(&routes(mock("new"))).expect("installed");
    assert_eq!(site.get("/").text(), "new");
    answer.send(r#"{"statusCode":200,"body":"old"}"#.into()).expect("awaited");
    let mut first = String::new();
    stream.read_to_string(&mut first).expect("read");
    assert!(first.ends_with("\r\n\r\nold"), "{first}");
    assert!(site.logged().get("integration.requestId").is_none());
    assert_eq!(site.logged()["integration.requestId"].as_str().map(str::len), Some(36));
}

#[test]
fn hundreds_of_routes_are_found() {
    let mut routes: Vec<_> =
        (0..500).map(|n| route(&format!("GET /r{n}/x"), mock(&n.to_string()))).collect();
    routes.push(route("GET /r7/{x}", mock("parameter")));
    let site = Site::serve(&stack(vec![api(Protocol::Http, routes)]));
    assert_eq!(site.get("/r0/x").text(), "0");
    assert_eq!(site.get("/r499/x").text(), "499");
    assert_eq!(site.get("/r7/y").text(), "parameter");
    assert_eq!(site.get("/r8/y").status, 404);
}
