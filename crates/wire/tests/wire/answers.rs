//! Answers as they are on the wire.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Server, read_response, read_to_end, run, statuses};

/// What the server says to one request, its date left out.
async fn said(server: &Server, request: &str) -> String {
    let bytes = server.exchange(request.as_bytes()).await;
    let text = String::from_utf8(bytes).expect("text");
    text.lines().filter(|line| !line.starts_with("date: ")).collect::<Vec<_>>().join("\n")
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

const CLOSE: &str = "connection: close\n";

#[test]
fn a_body_of_known_length_says_it() {
    run(async {
        let server = Server::start();
        let expected = format!("HTTP/1.1 200 OK\ncontent-length: 6\n{CLOSE}\nunread");
        assert_eq!(said(&server, &get("/unread")).await, expected);
        let expected = format!("HTTP/1.1 403 Forbidden\ncontent-length: 0\n{CLOSE}");
        assert_eq!(said(&server, &get("/forbidden")).await, expected);
    });
}

#[test]
fn head_is_answered_without_the_body() {
    run(async {
        let server = Server::start();
        let request = get("/unread").replace("GET", "HEAD");
        let expected = format!("HTTP/1.1 200 OK\ncontent-length: 6\n{CLOSE}");
        assert_eq!(said(&server, &request).await, expected);
    });
}

#[test]
fn statuses_without_content_have_none() {
    run(async {
        let server = Server::start();
        let expected = format!("HTTP/1.1 204 No Content\n{CLOSE}");
        assert_eq!(said(&server, &get("/status/204")).await, expected);
        let expected = format!("HTTP/1.1 304 Not Modified\n{CLOSE}");
        assert_eq!(said(&server, &get("/status/304")).await, expected);
    });
}

#[test]
fn a_body_of_unknown_length_comes_in_chunks() {
    run(async {
        let server = Server::start();
        let expected = format!(
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n{CLOSE}\n5\nhello\n6\n world\n0\n"
        );
        assert_eq!(said(&server, &get("/pieces")).await, expected);
    });
}

#[test]
fn fields_after_the_body_go_to_those_who_read_them() {
    run(async {
        let server = Server::start();
        let request = get("/pieces").replace("Host", "TE: trailers\r\nHost");
        let answer = said(&server, &request).await;
        assert!(answer.ends_with("\n0\nx-sum: 11\n"), "{answer}");
        assert!(!answer.contains("content-type"), "{answer}");
    });
}

#[test]
fn to_a_client_of_http_1_0_the_end_is_the_end_of_the_connection() {
    run(async {
        let server = Server::start();
        let request = "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        assert_eq!(said(&server, request).await, format!("HTTP/1.0 200 OK\n{CLOSE}\nhello world"));
        let request = "GET /unread HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\
            GET /unread HTTP/1.0\r\n\r\nGET /unread HTTP/1.0\r\n\r\n";
        let answer = said(&server, request).await;
        let first = "HTTP/1.0 200 OK\ncontent-length: 6\nconnection: keep-alive\n\nunread";
        let second = format!("HTTP/1.0 200 OK\ncontent-length: 6\n{CLOSE}\nunread");
        assert_eq!(answer, format!("{first}{second}"));
    });
}

#[test]
fn an_answer_longer_than_it_says_is_cut() {
    run(async {
        let server = Server::start();
        let both = "GET /says/5 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/unread");
        let answer = said(&server, &both).await;
        assert!(answer.contains("\n\nhelloHTTP/1.1 200 OK"), "{answer}");
    });
}

#[test]
fn an_answer_shorter_than_it_says_ends_its_connection() {
    run(async {
        let server = Server::start();
        let both = "GET /says/50 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/unread");
        let answer = said(&server, &both).await;
        assert_eq!(statuses(answer.as_bytes()), [200]);
        assert!(answer.ends_with("\n\nhello world"), "{answer}");
    });
}

#[test]
fn an_answer_that_fails_half_way_does_not_pass_for_whole() {
    run(async {
        let server = Server::start();
        let answer = said(&server, &get("/fails")).await;
        assert!(answer.ends_with("\n5\nhello"), "{answer}");
    });
}

#[test]
fn a_framing_of_its_own_does_not_reach_the_wire() {
    run(async {
        let server = Server::start();
        let expected = format!("HTTP/1.1 200 OK\ncontent-length: 2\n{CLOSE}\nok");
        assert_eq!(said(&server, &get("/misframed")).await, expected);
    });
}

#[test]
fn requests_in_one_piece_are_answered_in_turn() {
    run(async {
        let server = Server::start();
        let mut all = String::new();
        for number in 0..500 {
            let body = number.to_string();
            let length = body.len();
            all += &format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        }
        let answer = server.exchange((all + &get("/unread")).as_bytes()).await;
        let text = String::from_utf8(answer).expect("text");
        let bodies: Vec<_> = text.split("HTTP/1.1 200 OK\r\n").skip(1).collect();
        assert_eq!(bodies.len(), 501);
        for (number, answer) in bodies[..500].iter().enumerate() {
            assert!(answer.ends_with(&format!("\r\n\r\n{number}")), "{answer}");
        }
    });
}

#[test]
fn a_body_that_nobody_reads_is_passed_over_if_it_is_there() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        for _ in 0..2 {
            let request = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
            stream.write_all(request).await.unwrap();
            let answer = read_response(&mut stream).await;
            assert!(answer.ends_with("unread"), "{answer}");
            assert!(!answer.contains("connection"), "{answer}");
        }
        stream
            .write_all(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
            .await
            .unwrap();
        let answer = String::from_utf8(read_to_end(&mut stream).await).expect("text");
        assert!(answer.contains("connection: close"), "{answer}");
    });
}

#[test]
fn who_asks_for_the_end_gets_it_at_once() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(get("/unread").as_bytes()).await.unwrap();
        // Nothing has to be waited for: all that was sent has been read.
        server.until(|counters| counters.closed.get() == 1).await;
        assert_eq!(statuses(&read_to_end(&mut stream).await), [200]);
    });
}

#[test]
fn a_client_that_leaves_ends_the_answer() {
    run(async {
        let server = Server::start();
        for path in ["/never", "/trickle"] {
            let mut stream = server.connect().await;
            stream.write_all(get(path).as_bytes()).await.unwrap();
            if path == "/trickle" {
                stream.read_exact(&mut [0; 64]).await.unwrap();
            }
            server.until(|counters| counters.open() == 1).await;
            drop(stream);
            server.until(|counters| counters.open() == 0).await;
        }
    });
}

#[test]
fn what_is_echoed_while_it_is_sent_arrives_whole() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
            Connection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut seen = Vec::new();
        for piece in ["one", "two", "three"] {
            let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
            stream.write_all(chunk.as_bytes()).await.unwrap();
            while !seen.ends_with(format!("{piece}\r\n").as_bytes()) {
                assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
            }
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        assert!(read_to_end(&mut stream).await.ends_with(b"0\r\n\r\n"));
    });
}
