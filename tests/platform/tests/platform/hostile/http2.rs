//! HTTP/2 clients that make work without waiting for answers.

use super::reading;
use crate::TestPlatform;
use crate::http::Connection;
use crate::patience::until;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head, &stream.to_be_bytes()[..], payload].concat()
}

/// `GET http://a/never`, from the static table and literals.
fn head() -> Vec<u8> {
    [&[0x82, 0x86, 0x04, 6], &b"/never"[..], &[0x41, 1, b'a']].concat()
}

fn request(stream: u32, flags: u8) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &head())
}

/// The numbers of a client's streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|n| 2 * n + 1)
}

type Flood = Box<dyn Iterator<Item = Vec<u8>>>;

/// Sends a flood for as long as the server takes it; gives the kinds of frames that it sent.
fn flood(platform: &TestPlatform, frames: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut connection = Connection::open(&platform.api);
    let mut reader = connection.reader();
    let reading = std::thread::spawn(move || reader.rest());
    let mut sent = connection.try_send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat());
    for frame in frames {
        if !sent {
            break;
        }
        sent = connection.try_send(&frame);
    }
    connection.finish();
    kinds(&reading.join().expect("read"))
}

fn kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        kinds.push(head[3]);
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        bytes = rest.get(length..).unwrap_or_default();
    }
    kinds
}

/// The flood's connection is gone, and others are served.
fn assert_unharmed(platform: &TestPlatform) {
    until("no connection is open", || platform.connections() == 0);
    assert_eq!(platform.get("/").status, 200);
}

#[test]
fn floods_end_their_connection_and_nothing_else() {
    let platform = reading();
    let reset = |stream| frame(RST_STREAM, 0, stream, &8u32.to_be_bytes());
    let rapid_reset = streams(20_000).map(move |n| [request(n, END_STREAM), reset(n)].concat());
    // What is forbidden makes the server reset the stream itself.
    let made_to_reset = streams(20_000)
        .map(|n| [request(n, 0), frame(WINDOW_UPDATE, 0, n, &0u32.to_be_bytes())].concat());
    // A literal field, never indexed, over and over.
    let field = [&b"\x10\x01x\x7f\xe1\x07"[..], &[b'y'; 1120]].concat();
    let endless_head = std::iter::once(frame(HEADERS, END_STREAM, 1, &head()))
        .chain(std::iter::repeat_n(frame(CONTINUATION, 0, 1, &field), 20_000));
    let empty_pieces =
        std::iter::once(request(1, 0)).chain(std::iter::repeat_n(frame(DATA, 0, 1, &[]), 50_000));
    let floods: [(&str, Flood); 4] = [
        ("rapid reset", Box::new(rapid_reset)),
        ("made to reset", Box::new(made_to_reset)),
        ("endless head", Box::new(endless_head)),
        ("empty pieces", Box::new(empty_pieces)),
    ];
    for (name, frames) in floods {
        assert!(flood(&platform, frames).contains(&GOAWAY), "{name}");
        assert_unharmed(&platform);
    }
}

#[test]
fn pings_and_settings_do_not_pile_up() {
    let platform = reading();
    let before = platform.anonymous_bytes();
    let frames = (0..100_000).map(|n| match n % 2 {
        0 => frame(PING, 0, 0, &[0; 8]),
        _ => frame(SETTINGS, 0, 0, &[]),
    });
    flood(&platform, frames);
    assert_unharmed(&platform);
    let after = platform.anonymous_bytes();
    assert!(after < before + (16 << 20), "{before} -> {after}");
}
