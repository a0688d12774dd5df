//! Upstreams behind routes: what they see, and what their failures look like.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use model::api::LimitHeaders;
use model::sequence::{Sequence, Step};
use model::{
    Concurrency, ConcurrencyBound, Integration, Protocol, Selector, Stack, Upstream,
    UpstreamAddress, UpstreamName, UpstreamTimeouts,
};

use crate::harness::{Site, api, route, stack, throttle};

/// Answers every request with its head. Ends with the process.
fn mirror() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("clone"));
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\nKeep-Alive: 5\r\n\r\n{head}",
                head.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

pub(crate) fn name() -> UpstreamName {
    UpstreamName::parse("users").expect("name")
}

pub(crate) fn proxied(address: SocketAddr, key: &str, path: Option<&str>) -> Stack {
    let path = path.map(str::to_owned);
    let integration = Integration::Upstream { upstream: name(), path, preserve_host: false };
    let mut stack = stack(vec![api(Protocol::Http, vec![route(key, integration)])]);
    let host = address.ip().to_string();
    let upstream = Upstream {
        name: name(),
        process: None,
        addresses: vec![UpstreamAddress { host, port: address.port(), base_path: String::new() }],
        health: None,
        timeouts: UpstreamTimeouts::default(),
        retries: 0,
        max_failures: 100,
        eject_for: Duration::from_secs(1),
        keep_alive: 4,
        concurrency: None,
    };
    stack.upstreams.insert(name(), upstream);
    stack
}

#[test]
fn the_upstream_sees_the_clients_request() {
    let mut stack = proxied(mirror(), "$default", None);
    stack.apis[0].stage = "prod".into();
    let site = Site::serve(&stack);
    let answer = site.send(
        "GET /prod/a%20b/?q=1&q=%2F HTTP/1.1\nHost: api.example\nX-A: 1\nX-Forwarded-For: 6.6.6.6\nConnection: close\n\n",
    );
    assert_eq!(answer.status, 200);
    let head = answer.text().to_lowercase();
    assert!(head.starts_with("get /a%20b/?q=1&q=%2f http/1.1\r\n"), "{head}");
    for line in ["x-a: 1", "x-forwarded-for: 127.0.0.1", "x-forwarded-host: api.example"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "no `{line}` in {head}");
    }
    assert!(head.contains("\r\ntraceparent: 00-") && head.contains("\r\nx-amzn-trace-id: root=1-"));
    assert_eq!(answer.header("keep-alive"), None);
    assert!(answer.header("apigw-requestid").is_some());
    let line = site.logged();
    assert_eq!(line["integration.status"], 200);
    assert_eq!(line["responseLength"], answer.body.len());
    assert_eq!(line["domainName"], "api.example");
}

#[test]
fn a_path_of_its_own_takes_parameters() {
    let site = Site::serve(&proxied(mirror(), "ANY /users/{proxy+}", Some("/api/v1/{proxy}")));
    let head = site.get("/users/7/a%2Fb?x=1").text().to_owned();
    assert!(head.starts_with("GET /api/v1/7/a%2Fb?x=1 HTTP/1.1\r\n"), "{head}");
}

#[test]
fn nobody_climbs_out_of_the_path() {
    let site = Site::serve(&proxied(mirror(), "ANY /users/{proxy+}", Some("/api/v1/{proxy}")));
    for path in ["/users/../admin", "/users/%2e%2e/admin", "/users/..%2Fadmin"] {
        let answer = site.get(path);
        assert_eq!((answer.status, answer.text()), (400, r#"{"message":"Bad Request"}"#), "{path}");
    }
}

#[test]
fn a_trace_the_client_began_goes_on() {
    let site = Site::serve(&proxied(mirror(), "$default", None));
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = site
        .send(&format!("GET / HTTP/1.1\nHost: a\nTraceparent: {parent}\nConnection: close\n\n"));
    assert!(answer.text().contains(&format!("traceparent: {parent}\r\n")), "{}", answer.text());
    assert!(answer.text().contains("Root=1-0af76519-16cd43dd8448eb211c80319c;"));
    assert_eq!(site.logged()["xrayTraceId"], "1-0af76519-16cd43dd8448eb211c80319c");
}

#[test]
fn an_upstream_that_is_gone_is_unavailable() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let site = Site::serve(&proxied(free, "$default", None));
    let answer = site.get("/");
    assert_eq!((answer.status, answer.text()), (503, r#"{"message":"Service Unavailable"}"#));
    let line = site.logged();
    assert_eq!(line["error.responseType"], "upstream_unavailable");
    assert!(line["integration.error"].as_str().is_some_and(|it| it.contains("cannot be reached")));
    assert!(
        site.gateway
            .metrics()
            .contains("http_client_request_duration_seconds_count{upstream=\"users\"} 1\n")
    );
}

#[test]
fn an_upstream_that_is_silent_times_out() {
    // Connections are accepted by the kernel and never answered.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut stack = proxied(silent.local_addr().expect("bound"), "$default", None);
    stack.apis[0].routes[0].timeout = Duration::from_millis(200);
    assert_eq!(Site::serve(&stack).get("/").status, 503);
    stack.apis[0].protocol = Protocol::Rest;
    let answer = Site::serve(&stack).get("/");
    assert_eq!(
        (answer.status, answer.text()),
        (504, r#"{"message": "Endpoint request timed out"}"#)
    );
}

/// Sends this to whoever connects, then hangs up. Ends with the process.
fn sending(bytes: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("clone"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
            let _ = stream.write_all(&bytes);
        }
    });
    address
}

fn long(declared: usize, sent: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {declared}\r\n\r\n").into_bytes();
    bytes.resize(bytes.len() + sent, b'x');
    bytes
}

#[test]
fn long_answers_stream_and_are_counted_to_the_end() {
    let size = 3 << 20;
    let site = Site::serve(&proxied(sending(long(size, size)), "$default", None));
    let answer = site.get("/");
    assert_eq!(answer.header("content-length"), Some(&*size.to_string()));
    assert_eq!(answer.body.len(), size);
    let line = site.logged();
    assert_eq!(line["responseLength"], size);
    assert_eq!(line.get("error.message"), None);
}

#[test]
fn an_answer_that_breaks_off_is_cut_off() {
    let site = Site::serve(&proxied(sending(long(3 << 20, 1 << 20)), "$default", None));
    let answer = site.get("/");
    assert!(answer.body.len() <= 1 << 20);
    let line = site.logged();
    assert_eq!(line["status"], 200);
    assert_eq!(line["error.message"], "the response ended before it was complete");
}

/// Its clients obey both.
#[test]
fn limits_of_the_upstreams_own_are_told_beside_ours() {
    let answering = |lines: &str| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{lines}\r\n");
        let mut stack = proxied(sending(head.into_bytes()), "$default", None);
        let api = &mut stack.apis[0];
        api.limit_headers = LimitHeaders::Both;
        api.limits = vec![throttle("door", Selector::Ip, 2, 2)];
        Site::serve(&stack).get("/")
    };
    let theirs = "RateLimit-Policy: \"day\";q=9;w=86400\r\nRateLimit-Policy: \"hour\";q=2;w=3600\r\n\
                  RateLimit: \"day\";r=3;t=60\r\nX-RateLimit-Limit: 9\r\n";
    let answer = answering(theirs);
    let policies = r#""day";q=9;w=86400, "hour";q=2;w=3600, "door";q=2;w=60"#;
    assert_eq!(answer.all("ratelimit-policy"), [policies]);
    let standing = answer.all("ratelimit");
    assert!(standing[0].starts_with(r#""day";r=3;t=60, "door";r=1;t="#), "{standing:?}");
    assert_eq!(standing.len(), 1);
    assert_eq!(answer.all("x-ratelimit-limit"), ["2"], "there is room for one");
    let answer = answering("RateLimit-Policy: 9;w=86400\r\n");
    assert_eq!(answer.all("ratelimit-policy"), [r#""door";q=2;w=60"#], "it is malformed");
}

#[test]
fn upgrades_pass_through() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let upstream = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut reader = BufReader::new(stream.try_clone().expect("clone"));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).expect("a line");
        }
        let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
        stream.write_all(answer.as_bytes()).expect("written");
        let mut ping = [0; 4];
        reader.read_exact(&mut ping).expect("read");
        stream.write_all(&ping).expect("written");
        head
    });
    let site = Site::serve(&proxied(address, "$default", None));
    let mut client = site.connect();
    let request = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: y\r\n\r\n";
    client.write_all(request.as_bytes()).expect("sent");
    let mut reader = BufReader::new(client.try_clone().expect("clone"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).expect("a line");
    }
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.to_lowercase().contains("sec-websocket-accept: x\r\n"), "{head}");
    client.write_all(b"ping").expect("sent");
    let mut pong = [0; 4];
    reader.read_exact(&mut pong).expect("read");
    assert_eq!(&pong, b"ping");
    let seen = upstream.join().expect("joined").to_lowercase();
    assert!(seen.contains("upgrade: websocket\r\n") && seen.contains("sec-websocket-key: y\r\n"));
    assert_eq!(site.logged()["status"], 101);
}

#[test]
fn bodies_over_the_limit_do_not_reach_the_upstream() {
    let site = Site::serve(&proxied(mirror(), "$default", None));
    assert_eq!(site.post("/", "text/plain", &vec![b'x'; (64 << 10) + 1]).status, 413);
}

/// Announces each request and answers it when told to.
fn held() -> (SocketAddr, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("clone"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).expect("a line");
            }
            if arrived.send(()).is_err() || released.recv().is_err() {
                return;
            }
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
            stream.write_all(answer.as_bytes()).expect("written");
        }
    });
    (address, arrivals, release)
}

fn bounded(stack: &mut Stack, most: u32, queue: u32) {
    let wait = Duration::from_mins(1);
    let concurrency = Concurrency { bound: ConcurrencyBound::Fixed(most), wait, queue };
    stack.upstreams.get_mut(&name()).expect("it is there").concurrency = Some(concurrency);
}

/// Sends a request whose answer is read later.
fn ask(site: &Site) -> TcpStream {
    let mut client = site.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    client
}

fn is_ok(mut client: TcpStream) -> bool {
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok")
}

#[test]
fn a_busy_upstream_has_a_line_and_an_end_of_it() {
    let (address, arrivals, release) = held();
    let mut stack = proxied(address, "$default", None);
    bounded(&mut stack, 1, 1);
    let site = Site::serve(&stack);
    let first = ask(&site);
    arrivals.recv().expect("the first request");
    let second = ask(&site);
    while !site.gateway.metrics().contains("tidegate_upstream_waiting{upstream=\"users\"} 1\n") {
        std::thread::yield_now();
    }
    let third = site.get("/");
    assert_eq!((third.status, third.header("retry-after")), (503, Some("1")));
    assert!(arrivals.try_recv().is_err(), "the second request waits");
    release.send(()).expect("released");
    assert!(is_ok(first));
    arrivals.recv().expect("the second request");
    release.send(()).expect("released");
    assert!(is_ok(second));
    let metrics = site.gateway.metrics();
    assert!(metrics.contains("tidegate_upstream_busy_total{upstream=\"users\"} 1\n"), "{metrics}");
    assert!(metrics.contains("tidegate_upstream_in_flight{upstream=\"users\"} 0\n"), "{metrics}");
}

#[test]
fn a_step_that_finds_its_upstream_busy_says_so() {
    let (address, arrivals, release) = held();
    let mut stack = proxied(address, "$default", None);
    bounded(&mut stack, 1, 0);
    let step = Step {
        name: "user".to_owned(),
        upstream: name(),
        method: http::Method::GET,
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        timeout: None,
        failures: Vec::new(),
    };
    let sequence = Sequence { steps: vec![step], answer: None, failures: Vec::new() };
    stack.apis[0].routes.push(route("GET /steps", Integration::Sequence(sequence)));
    let site = Site::serve(&stack);
    let first = ask(&site);
    arrivals.recv().expect("the first request");
    let busy = site.get("/steps");
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    release.send(()).expect("released");
    assert!(is_ok(first));
}

#[test]
fn a_client_that_leaves_frees_its_slot() {
    let (address, arrivals, release) = held();
    let mut stack = proxied(address, "$default", None);
    bounded(&mut stack, 1, 1);
    let site = Site::serve(&stack);
    let gone = ask(&site);
    arrivals.recv().expect("the first request");
    drop(gone);
    assert_eq!(site.logged()["status"], 499);
    release.send(()).expect("released");
    let next = ask(&site);
    arrivals.recv().expect("the next request");
    release.send(()).expect("released");
    assert!(is_ok(next));
}
