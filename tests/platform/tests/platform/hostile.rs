//! Requests and connections that must be refused, and what a page in the user's browser must not be able to do.

mod cases;
mod http2;
mod slow;

use crate::TestPlatform;
use crate::http::Connection;
use crate::up::HELLO;

/// What comes back for raw bytes: a status, or `None` for a closed connection.
fn status_of(platform: &TestPlatform, raw: &[u8]) -> Option<u16> {
    let mut connection = Connection::open(&platform.api);
    connection.send(raw);
    connection.answer("GET").map(|answer| answer.status)
}

/// A platform whose one route takes everything and reads it whole.
fn reading() -> TestPlatform {
    let stack = "name: reading\nfunctions:\n  \
                 read: { runtime: python3.11, code: read, handler: i.h, concurrency: 2 }\n\
                 apis:\n  main:\n    routes:\n      $default: read\n";
    let code = "def h(event, context):\n    return 'read'\n";
    TestPlatform::start(&[("tidegate.yaml", stack), ("read/i.py", code)])
}

#[test]
fn oversized_heads_have_their_documented_answers() {
    let platform = TestPlatform::start(&[HELLO]);
    let long = "x".repeat(9 << 10);
    let target = format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(status_of(&platform, target.as_bytes()), Some(414));
    let head = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", format!("a: {long}\r\n").repeat(2));
    assert_eq!(status_of(&platform, head.as_bytes()), Some(431));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert_eq!(status_of(&platform, many.as_bytes()), Some(431));
}

#[test]
fn web_pages_reach_neither_the_admin_nor_the_aws_port() {
    let platform = TestPlatform::start(&[HELLO]);
    let ask = |base: &str, head: &str| {
        let mut connection = Connection::open(base);
        connection.send(format!("{head}content-length: 0\r\n\r\n").as_bytes());
        connection.answer("POST").expect("an answer").status
    };
    let page = "POST /reload HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://evil.example\r\n";
    assert_eq!(ask(&platform.admin, page), 403);
    let rebound = "POST /reload HTTP/1.1\r\nhost: evil.example\r\n";
    assert_eq!(ask(&platform.admin, rebound), 421);
    let invoke = "POST /2015-03-31/functions/a/invocations HTTP/1.1\r\nhost: 127.0.0.1\r\n\
                  origin: https://evil.example\r\n";
    assert_eq!(ask(&platform.aws, invoke), 403);
    // What an image of a page asks for has no origin.
    let image =
        "GET /?Action=ListQueues HTTP/1.1\r\nhost: 127.0.0.1\r\nsec-fetch-site: cross-site\r\n";
    assert_eq!(ask(&platform.aws, image), 403);
    let rebound = "GET /?Action=ListQueues HTTP/1.1\r\nhost: evil.example\r\n";
    assert_eq!(ask(&platform.aws, rebound), 421);
    let typed = "GET /?Action=ListQueues HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: none\r\n";
    assert_eq!(ask(&platform.aws, typed), 200);
}
