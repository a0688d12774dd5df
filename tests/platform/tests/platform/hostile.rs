//! Requests that must be refused, and what a page in the user's browser must not be able to do.

use crate::TestPlatform;
use crate::http::Connection;
use crate::up::HELLO;

/// What comes back for raw bytes: a status, or `None` for a closed connection.
fn status_of(platform: &TestPlatform, raw: &[u8]) -> Option<u16> {
    let mut connection = Connection::open(&platform.api);
    connection.send(raw);
    connection.answer("GET").map(|answer| answer.status)
}

#[test]
fn what_two_servers_may_read_differently_is_refused() {
    let platform = TestPlatform::start(&[HELLO]);
    let cases: [(&str, &[u8]); 13] = [
        ("no host", b"GET / HTTP/1.1\r\n\r\n"),
        ("two hosts", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"),
        ("both lengths", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("two codings", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("an empty coding", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: ,chunked\r\n\r\n0\r\n\r\n"),
        ("two lengths", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        ("a signed length", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\na"),
        ("bare line feeds", b"GET / HTTP/1.1\nhost: a\n\n"),
        ("a folded field", b"GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n"),
        ("a space before the colon", b"GET / HTTP/1.1\r\nhost : a\r\n\r\n"),
        ("no slash", b"GET a HTTP/1.1\r\nhost: a\r\n\r\n"),
        ("a bad chunk size", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n\r\n"),
        ("a NUL in a field", b"GET / HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n"),
    ];
    for (name, raw) in cases {
        let status = status_of(&platform, raw);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{name}: {status:?}");
    }
    assert_eq!(platform.get("/").status, 200);
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
}
