//! Clients that take their time.

use tokio::io::AsyncWriteExt;
use wire::Timeout;

use crate::server::{Server, read_response, read_to_end, run, statuses};

#[test]
fn a_silent_connection_is_closed_without_an_answer() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        server.until(|counters| counters.open() == 1).await;
        server.let_time_pass();
        assert!(read_to_end(&mut stream).await.is_empty());
        server.until(|counters| counters.open() == 0).await;
        assert_eq!(server.counters.timeouts(Timeout::FirstByte).get(), 1);
    });
}

#[test]
fn a_slow_head_is_answered_408_and_closed() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        server.let_time_pass();
        assert_eq!(statuses(&read_to_end(&mut stream).await), [408]);
        assert_eq!(server.counters.timeouts(Timeout::Head).get(), 1);
    });
}

#[test]
fn a_slow_second_head_is_answered_408_after_the_first_answer() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /").await.unwrap();
        server.let_time_pass();
        assert_eq!(statuses(&read_to_end(&mut stream).await), [200, 408]);
    });
}

#[test]
fn a_slow_body_is_answered_408_and_closed() {
    run(async {
        let server = Server::start();
        for framing in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
            let mut stream = server.connect().await;
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n5\r\na");
            stream.write_all(head.as_bytes()).await.unwrap();
            server.let_time_pass();
            assert_eq!(statuses(&read_to_end(&mut stream).await), [408], "{framing}");
        }
        assert_eq!(server.counters.timeouts(Timeout::Body).get(), 2);
    });
}

#[test]
fn an_idle_connection_is_closed() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
        server.let_time_pass();
        assert!(read_to_end(&mut stream).await.is_empty());
        assert_eq!(server.counters.timeouts(Timeout::Idle).get(), 1);
    });
}

#[test]
fn a_client_that_does_not_read_is_cut() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        server.let_time_pass();
        server.until(|counters| counters.timeouts(Timeout::WriteStall).get() == 1).await;
        server.until(|counters| counters.open() == 0).await;
        drop(stream);
    });
}

#[test]
fn a_request_being_answered_is_not_idle() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        server.until(|counters| counters.open() == 1).await;
        server.let_time_pass();
        let before = model::Clock::moment(&*server.clock);
        let hour = std::time::Duration::from_mins(60);
        while model::Clock::moment(&*server.clock).since(before) < hour {
            server.clock.advance(std::time::Duration::from_secs(60));
            tokio::task::yield_now().await;
        }
        assert_eq!(server.counters.open(), 1);
        drop(stream);
        server.until(|counters| counters.open() == 0).await;
    });
}
