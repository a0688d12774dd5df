//! The user's own servers behind the gateway: their answers, their failures, their health.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use crate::TestPlatform;
use crate::patience::until;
use crate::upstream::{Upstream, nobody};

fn stack(addresses: &[&str], settings: &str) -> String {
    let addresses: Vec<_> = addresses.iter().map(|url| format!("{url:?}")).collect();
    let addresses = addresses.join(", ");
    format!(
        "name: proxied\nupstreams:\n  it: {{ urls: [{addresses}]{settings} }}\n\
         apis:\n  main:\n    routes:\n      ANY /{{proxy+}}: {{ upstream: it }}\n"
    )
}

fn start(addresses: &[&str], settings: &str) -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", &stack(addresses, settings))])
}

/// Its requests are answered all the time: only the check can tell that it is sick.
#[test]
fn a_failing_check_takes_an_address_out_and_a_passing_one_brings_it_back() {
    let well = Upstream::start(|asked| {
        asked.answer("200 OK", "well");
        true
    });
    let (is_sick, checks) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (sick, counted) = (Arc::clone(&is_sick), Arc::clone(&checks));
    let other = Upstream::start(move |asked| {
        if asked.path() == "/health" {
            counted.fetch_add(1, Ordering::SeqCst);
            let status =
                if sick.load(Ordering::SeqCst) { "503 Service Unavailable" } else { "200 OK" };
            asked.answer(status, "");
        } else {
            asked.answer("200 OK", "other");
        }
        true
    });
    let check =
        ", health: { path: /health, interval: 100ms, healthy_after: 1, unhealthy_after: 1 }";
    let platform = start(&[&well.url, &other.url], check);
    let mut connection = platform.connect();
    let mut said = || connection.request("GET", "/", &[], b"").text().to_owned();
    until("the sick address is out", || (0..30).all(|_| said() == "well"));
    is_sick.store(false, Ordering::SeqCst);
    until("it is back", || said() == "other");
    is_sick.store(true, Ordering::SeqCst);
    until("it is out again", || (0..30).all(|_| said() == "well"));
    // Checks go on for the stack that a reload installs.
    platform
        .save("tidegate.yaml", &stack(&[&well.url, &other.url], check).replace("{proxy+}", "{p+}"));
    platform.event("reload");
    let before = checks.load(Ordering::SeqCst);
    until("checks go on", || checks.load(Ordering::SeqCst) > before + 2);
    is_sick.store(false, Ordering::SeqCst);
    until("it is back after the reload", || said() == "other");
}

/// As AWS has it, too late is 504 for a REST API and 503 for an HTTP API.
#[test]
fn each_failure_of_an_upstream_has_its_status() {
    let rude = Upstream::start(|_| false);
    let (_hold, held) = channel::<()>();
    let held = Mutex::new(held);
    let silent = Upstream::start(move |_| held.lock().is_ok_and(|held| held.recv().is_ok()));
    let gone = nobody();
    let late = ", retries: 0, timeouts: { response: 100ms }";
    for (url, settings, protocol, status) in [
        (&rude.url, ", retries: 0", "http", 502),
        (&gone, ", retries: 0", "http", 503),
        (&silent.url, late, "http", 503),
        (&silent.url, late, "rest", 504),
    ] {
        let protocol = format!("main:\n    protocol: {protocol}\n");
        let stack = stack(&[url], settings).replace("main:\n", &protocol);
        let platform = TestPlatform::start(&[("tidegate.yaml", &stack)]);
        let answer = platform.get("/x");
        assert_eq!(answer.status, status, "{stack}");
        assert!(answer.json()["message"].is_string(), "{}", answer.text());
    }
}

#[test]
fn what_is_safe_is_tried_again_and_nothing_else() {
    let rude = Upstream::start(|_| false);
    let platform = start(&[&rude.url], ", retries: 2");
    assert_eq!(platform.get("/").status, 502);
    assert_eq!(rude.asked(), 3);
    assert_eq!(platform.post("/", &[], b"once").status, 502);
    assert_eq!(rude.asked(), 4);
}

#[test]
fn an_address_where_nobody_listens_costs_no_request() {
    let well = Upstream::start(|asked| {
        asked.answer("200 OK", "well");
        true
    });
    let platform = start(&[&nobody(), &well.url], ", retries: 1");
    let mut connection = platform.connect();
    for _ in 0..50 {
        assert_eq!(connection.request("POST", "/", &[], b"").status, 200);
    }
}

/// The second half is written only when the first has arrived.
#[test]
fn bodies_stream_both_ways() {
    let (arrived, go_on) = channel::<()>();
    let go_on = Mutex::new(go_on);
    let upstream = Upstream::start(move |asked| {
        let mut first = [0; 5];
        assert!(asked.read(&mut first));
        asked.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n");
        asked.send(&first);
        asked.send(b"\r\n");
        let next = go_on.lock().map(|go_on| go_on.recv());
        assert!(next.is_ok_and(|next| next.is_ok()));
        let mut second = [0; 5];
        assert!(asked.read(&mut second));
        asked.send(b"5\r\n");
        asked.send(&second);
        asked.send(b"\r\n0\r\n\r\n");
        true
    });
    let platform = start(&[&upstream.url], "");
    let mut connection = platform.connect();
    connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nfirst");
    connection.wait_for(b"first");
    arrived.send(()).expect("the upstream waits");
    connection.send(b"after");
    let answer = connection.answer("POST").expect("an answer");
    assert_eq!(answer.text(), "firstafter");
}

#[test]
fn web_sockets_pass_through() {
    let upstream = Upstream::start(|asked| {
        let key = asked.head.iter().find_map(|line| line.strip_prefix("sec-websocket-key: "));
        assert_eq!(key, Some("dGhlIHNhbXBsZSBub25jZQ=="));
        asked.send(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
              sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        );
        let mut frame = [0; 11];
        while asked.read(&mut frame) {
            // The same text, unmasked, as servers send it.
            let text: Vec<u8> = (6..11).map(|at| frame[at] ^ frame[2 + (at - 6) % 4]).collect();
            asked.send(&[&[0x81, 5], &*text].concat());
        }
        false
    });
    let platform = start(&[&upstream.url], "");
    let mut connection = platform.connect();
    connection.send(
        b"GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    connection.wait_for(b"\r\n\r\n");
    for text in [b"Hello", b"again"] {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let masked: Vec<u8> = text.iter().enumerate().map(|(at, b)| b ^ mask[at % 4]).collect();
        connection.send(&[&[0x81, 0x85], &mask[..], &masked].concat());
        connection.wait_for(&[&[0x81, 5], &text[..]].concat());
    }
}

#[test]
fn a_client_that_leaves_mid_body_frees_everything() {
    let upstream = Upstream::start(|asked| {
        let mut piece = [0; 1];
        while asked.read(&mut piece) {}
        false
    });
    let platform = start(&[&upstream.url], "");
    let leave = |most: usize| {
        let asked = upstream.asked();
        let leaving: Vec<_> = (0..50)
            .map(|_| {
                let mut connection = platform.connect();
                connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nsome");
                connection
            })
            .collect();
        until("all arrived", || upstream.asked() == asked + 50);
        assert!(platform.open_files() >= 100);
        drop(leaving);
        until("they are gone", || platform.connections() == 0);
        until("their descriptors are free", || platform.open_files() <= most);
        platform.open_files()
    };
    // The first round also opens what every worker keeps.
    let kept = leave(100);
    leave(kept + 5);
}
