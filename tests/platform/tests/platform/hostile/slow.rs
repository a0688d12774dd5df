//! Clients that take their time, against the times that are documented.

use super::reading;
use crate::http::Connection;
use crate::patience::until;

/// All at once, since each of them takes seconds.
#[test]
fn slow_clients_get_their_answer_and_are_gone() {
    let platform = reading();
    assert_eq!(platform.get("/").status, 200);
    let open = |bytes: &[u8]| {
        let mut connection = Connection::open(&platform.api);
        connection.send(bytes);
        connection
    };
    let silent = open(b"");
    let slow_head = open(b"GET / HTTP/1.1\r\nhost: a\r\nx: ");
    let slow_body = open(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome");
    let slow_chunks =
        open(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nso");
    let slow_preface = open(b"PRI * HTTP/2.0\r\n");
    let said = |mut connection: Connection| String::from_utf8(connection.rest()).expect("ASCII");
    for (name, connection, answer) in [
        ("silent", silent, ""),
        ("slow head", slow_head, "HTTP/1.1 408 "),
        ("slow body", slow_body, "HTTP/1.1 408 "),
        ("slow chunks", slow_chunks, "HTTP/1.1 408 "),
        ("slow preface", slow_preface, ""),
    ] {
        let said = said(connection);
        assert!(
            said.starts_with(answer) && (said.is_empty() == answer.is_empty()),
            "{name}: {said}"
        );
    }
    until("they are gone", || platform.connections() == 0);
    assert_eq!(platform.get("/").status, 200);
}

#[test]
fn oversized_bodies_are_refused_before_they_are_sent() {
    let platform = reading();
    let mut connection = Connection::open(&platform.api);
    connection.send(
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\nexpect: 100-continue\r\n\r\n",
    );
    assert_eq!(connection.answer("POST").expect("an answer").status, 413);
    let mut connection = Connection::open(&platform.api);
    connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = [&b"100000\r\n"[..], &[b'x'; 0x10_0000], b"\r\n"].concat();
    for _ in 0..20 {
        if !connection.try_send(&chunk) {
            break;
        }
    }
    assert_eq!(connection.answer("POST").expect("an answer").status, 413);
}

#[test]
fn clients_that_disappear_mid_body_free_everything() {
    let platform = reading();
    assert_eq!(platform.get("/").status, 200);
    let leave = |most: usize| {
        let leaving: Vec<_> = (0..100)
            .map(|_| {
                let mut connection = Connection::open(&platform.api);
                connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome");
                connection
            })
            .collect();
        until("all are there", || platform.connections() == 100);
        assert!(platform.open_files() >= 100);
        drop(leaving);
        until("they are gone", || platform.connections() == 0);
        until("their descriptors are free", || platform.open_files() <= most);
        platform.open_files()
    };
    // The first round also opens what every worker and the logs keep.
    let kept = leave(100);
    leave(kept + 5);
    assert_eq!(platform.get("/").status, 200);
}
