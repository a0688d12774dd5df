//! HTTP/2: served, bounded, drained.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, StreamBody, combinators::BoxBody};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, Settings, read_to_end, run};

type ClientBody = BoxBody<Bytes, std::convert::Infallible>;

pub(crate) async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> SendRequest<ClientBody> {
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::task::spawn_local(connection);
    sender
}

pub(crate) fn request(uri: &str) -> Request<ClientBody> {
    Request::get(uri).body(Empty::new().boxed()).unwrap()
}

#[test]
fn prior_knowledge_is_recognised_on_the_same_port() {
    run(async {
        let server = Server::start();
        let mut sender = handshake(server.connect().await).await;
        for _ in 0..3 {
            let answer = sender.send_request(request("http://a/unread")).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "unread");
        }
    });
}

#[test]
fn a_preface_in_pieces_is_still_one() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        let (first, rest) = PREFACE.split_at(9);
        stream.write_all(first).await.unwrap();
        server.until(|counters| counters.open() == 1).await;
        stream.write_all(rest).await.unwrap();
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[3], SETTINGS);
    });
}

#[test]
fn one_host_is_required() {
    run(async {
        let server = Server::start();
        let mut sender = handshake(server.connect().await).await;
        for (host, expected) in [("a", 200), ("A", 200), ("b", 400)] {
            let mut request = request("http://a/unread");
            request.headers_mut().insert("host", host.parse().unwrap());
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), expected, "host {host}");
        }
    });
}

#[test]
fn a_request_is_held_to_what_one_of_http_1_is() {
    run(async {
        let server = Server::start();
        let mut sender = handshake(server.connect().await).await;
        let with = |name: &'static str, values: &[&'static str]| {
            let mut request = request("http://a/unread");
            for value in values {
                request.headers_mut().append(name, value.parse().unwrap());
            }
            request
        };
        let cases = [
            (request(&format!("http://a/{}", "x".repeat(9 << 10))), 414),
            (with("x-a", &["b"; 120]), 431),
            (with("cookie", &["b=c"; 120]), 200),
            (with("expect", &["a-miracle"]), 417),
            (with("content-length", &["0", "0"]), 400),
        ];
        for (request, expected) in cases {
            let said = format!("{request:?}");
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), expected, "{said}");
        }
    });
}

#[test]
fn cookies_in_several_fields_become_one() {
    run(async {
        let server = Server::start();
        let mut sender = handshake(server.connect().await).await;
        let mut request = request("http://a/cookies");
        for crumb in ["a=1", "b=2", "c=3"] {
            request.headers_mut().append("cookie", crumb.parse().unwrap());
        }
        let answer = sender.send_request(request).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "a=1; b=2; c=3");
    });
}

#[test]
fn a_body_that_stands_still_ends_in_408() {
    run(async {
        let mut settings = Settings::default();
        settings.limits.body_grace = Duration::from_millis(50);
        let server = Server::start_with(settings);
        let mut sender = handshake(server.connect().await).await;
        let body = StreamBody::new(futures_util::stream::pending()).boxed();
        let request = Request::post("http://a/").body(body).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    });
}

#[test]
fn a_drain_lets_open_streams_finish_and_says_goodbye() {
    run(async {
        let server = Server::start();
        let mut sender = handshake(server.connect().await).await;
        let answer = sender.send_request(request("http://a/large")).await.unwrap();
        server.drain.start();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), 32 << 20);
        assert_eq!(server.drain.finish(Duration::from_secs(50)).await.cut, 0);
    });
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// `GET http://a/never`, from the static table and literals.
fn head() -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x04, 6];
    block.extend_from_slice(b"/never");
    block.extend_from_slice(&[0x41, 1, b'a']);
    block
}

/// Writes a flood while reading; returns the kinds of frame the server sent before it closed.
async fn flood(server: &Server, frames: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut stream: TcpStream = server.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let reading = tokio::task::spawn_local(async move {
        let mut kinds = Vec::new();
        let mut head = [0; 9];
        while reader.read_exact(&mut head).await.is_ok() {
            kinds.push(head[3]);
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length as usize];
            if reader.read_exact(&mut payload).await.is_err() {
                break;
            }
        }
        kinds
    });
    for frame in frames {
        if writer.write_all(&frame).await.is_err() {
            break;
        }
    }
    let _ = writer.shutdown().await;
    reading.await.unwrap()
}

#[test]
fn rapid_resets_end_the_connection() {
    run(async {
        let server = Server::start();
        let frames = (0..20_000u32).map(|n| {
            let stream = 2 * n + 1;
            let mut both = frame(HEADERS, END_STREAM | END_HEADERS, stream, &head());
            both.extend(frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()));
            both
        });
        assert!(flood(&server, frames).await.contains(&GOAWAY));
        server.until(|counters| counters.open() == 0).await;
    });
}

#[test]
fn continuation_frames_without_end_end_the_connection() {
    run(async {
        let server = Server::start();
        let first = frame(HEADERS, END_STREAM, 1, &head());
        // A literal field, never indexed, over and over.
        let field = [b"\x10\x01x\x7f\xe1\x07".as_slice(), &[b'y'; 1120]].concat();
        let more = std::iter::repeat_n(frame(CONTINUATION, 0, 1, &field), 20_000);
        assert!(flood(&server, std::iter::once(first).chain(more)).await.contains(&GOAWAY));
        server.until(|counters| counters.open() == 0).await;
    });
}

#[test]
fn empty_data_frames_end_the_connection() {
    run(async {
        let server = Server::start();
        let first = frame(HEADERS, END_HEADERS, 1, &head());
        let more = std::iter::repeat_n(frame(DATA, 0, 1, &[]), 50_000);
        assert!(flood(&server, std::iter::once(first).chain(more)).await.contains(&GOAWAY));
        server.until(|counters| counters.open() == 0).await;
    });
}

#[test]
fn pings_and_settings_are_answered_without_piling_up() {
    run(async {
        let server = Server::start();
        let frames = (0..20_000).map(|n| match n % 2 {
            0 => frame(PING, 0, 0, &[0; 8]),
            _ => frame(SETTINGS, 0, 0, &[]),
        });
        let kinds = flood(&server, frames).await;
        assert!(kinds.iter().filter(|kind| **kind == PING).count() <= 10_000);
        server.until(|counters| counters.open() == 0).await;
    });
}

#[test]
fn an_invalid_preface_is_refused() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n").await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(b"HTTP/1.1 505"));
    });
}
