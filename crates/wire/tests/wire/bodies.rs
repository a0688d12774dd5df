//! Request bodies: limits, expectations, clients that vanish.

use tokio::io::AsyncWriteExt;

use crate::server::{Server, read_response, read_to_end, run, statuses};

#[test]
fn a_declared_length_over_the_limit_is_413_before_it_is_sent() {
    run(async {
        let server = Server::start();
        let request = b"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
        assert_eq!(statuses(&server.exchange(request).await), [413]);
    });
}

#[test]
fn a_chunked_body_over_the_limit_is_413_where_it_exceeds() {
    run(async {
        let server = Server::start();
        let request = b"POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nabc\r\n3\r\ndef\r\n";
        assert_eq!(statuses(&server.exchange(request).await), [413]);
    });
}

#[test]
fn a_refusal_before_the_body_sends_no_100() {
    run(async {
        let server = Server::start();
        for path in ["/forbidden", "/small"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\
                 Expect: 100-continue\r\n\r\n"
            );
            let expected = if path == "/small" { 413 } else { 403 };
            assert_eq!(statuses(&server.exchange(request.as_bytes()).await), [expected]);
        }
    });
}

#[test]
fn a_body_is_asked_for_when_it_is_read() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
            Expect: 100-continue\r\n\r\n";
        stream.write_all(head).await.unwrap();
        assert_eq!(read_response(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"hello").await.unwrap();
        assert!(read_response(&mut stream).await.ends_with("hello"));
    });
}

#[test]
fn an_answer_survives_the_rest_of_an_unread_body() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        let head = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let _ = stream.write_all(&[b'x'; 400_000]).await;
        assert_eq!(statuses(&read_to_end(&mut stream).await), [200]);
    });
}

#[test]
fn a_request_behind_an_unread_body_is_answered() {
    run(async {
        let server = Server::start();
        for body in [
            "Content-Length: 5\r\n\r\nhello",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ] {
            let requests = format!(
                "POST /unread HTTP/1.1\r\nHost: a\r\n{body}\
                 POST /status/201 HTTP/1.1\r\nHost: a\r\n{body}\
                 GET /status/202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            );
            let answers = server.exchange(requests.as_bytes()).await;
            assert_eq!(statuses(&answers), [200, 201, 202], "{body}");
        }
    });
}

#[test]
fn a_client_that_vanishes_mid_body_leaves_nothing_behind() {
    run(async {
        let server = Server::start();
        for framing in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
            let mut stream = server.connect().await;
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n5\r\na");
            stream.write_all(head.as_bytes()).await.unwrap();
            server.until(|counters| counters.open() == 1).await;
            drop(stream);
            server.until(|counters| counters.open() == 0).await;
        }
    });
}

#[test]
fn a_large_body_comes_back_whole() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        let body = vec![b'y'; 3 << 20];
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let written = body.clone();
        let sending =
            tokio::task::spawn_local(
                async move { writer.write_all(&written).await.map(|()| writer) },
            );
        let mut answer = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut answer).await.unwrap();
        sending.await.unwrap().unwrap();
        assert!(answer.ends_with(&body));
    });
}
