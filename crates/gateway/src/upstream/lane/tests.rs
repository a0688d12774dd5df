//! `cases/answers/*.case`: what was asked and the bytes of an answer, `---`, and what is made of them.

use std::fmt::Write as _;
use std::path::PathBuf;

use http::Method;
use proptest::prelude::*;

use super::answers::Protocol;
use super::answers::trial::{End, Trial};

struct Case {
    path: PathBuf,
    method: Method,
    protocol: Protocol,
    bytes: Vec<u8>,
    expected: String,
}

fn all() -> Vec<Case> {
    let all = cases::of_folder(concat!(env!("CARGO_MANIFEST_DIR"), "/cases/answers"));
    all.into_iter().map(read).collect()
}

fn read(case: cases::Case) -> Case {
    let asked = case.input.split_once('\n');
    let (asked, raw) = asked.expect("what was asked, then the answer");
    let (method, protocol) = match asked.split_once(' ') {
        Some((method, "upgrade")) => (method, Protocol::Other),
        Some(_) => panic!("{}: a method, and `upgrade` or nothing", case.path.display()),
        None => (asked, Protocol::Http),
    };
    Case {
        method: method.parse().unwrap(),
        protocol,
        bytes: cases::unescape(raw),
        expected: case.expected,
        path: case.path,
    }
}

fn told(trial: &Trial) -> String {
    let mut text = String::new();
    if let Some(head) = &trial.head {
        let reason = head.extensions().get::<hyper::ext::ReasonPhrase>();
        let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
        let _ = writeln!(text, "{} {}", head.status().as_u16(), reason.unwrap_or_default());
        for (name, value) in head.headers() {
            let _ = writeln!(text, "{name}: {}", value.as_bytes().escape_ascii());
        }
    }
    if !trial.body.is_empty() {
        let _ = writeln!(text, "| {}", trial.body.escape_ascii());
    }
    for (name, value) in &trial.trailers {
        let _ = writeln!(text, "+ {name}: {}", value.as_bytes().escape_ascii());
    }
    let _ = match trial.end {
        Some(End::Kept) => writeln!(text, "complete, kept"),
        Some(End::Closed) => writeln!(text, "complete, closed"),
        Some(End::Cut) | None => writeln!(text, "cut short"),
        Some(End::Flawed(flaw)) => writeln!(text, "refused: {flaw}"),
    };
    if !trial.rest.is_empty() {
        let _ = writeln!(text, "left over: {}", trial.rest.escape_ascii());
    }
    text.replace(" \n", "\n")
}

#[test]
fn every_answer_is_read_as_its_case_says() {
    let mut wrong = String::new();
    let all = all();
    for case in &all {
        let trial = Trial::run(&case.method, case.protocol, [case.bytes.as_slice()]);
        let told = told(&trial);
        if told != case.expected {
            let path = case.path.display();
            let _ = write!(wrong, "\n== {path}\n-- expected\n{}-- found\n{told}", case.expected);
        }
    }
    assert!(all.len() >= 50, "found only {} cases", all.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_answer_that_comes_byte_by_byte_is_the_same() {
    for case in all() {
        let whole = Trial::run(&case.method, case.protocol, [case.bytes.as_slice()]);
        let bytes = Trial::run(&case.method, case.protocol, case.bytes.chunks(1));
        let path = case.path.display();
        assert_eq!(whole.end, bytes.end, "{path}");
        assert_eq!(whole.body, bytes.body, "{path}");
        assert_eq!(whole.trailers, bytes.trailers, "{path}");
        assert_eq!(whole.rest, bytes.rest, "{path}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let field = b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".as_slice();
    let pieces = std::iter::once(b"HTTP/1.1 200 OK\r\n".as_slice()).chain(std::iter::repeat(field));
    let trial = Trial::run(&Method::GET, Protocol::Http, pieces);
    assert_eq!(trial.end, Some(End::Flawed(super::Flaw::HeadTooLarge)));
}

#[test]
fn a_head_may_have_so_many_fields() {
    let answer = |fields: usize| {
        let lines = "X-Field: 1\r\n".repeat(fields);
        format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes()
    };
    let most = super::head::MOST_FIELDS;
    let full = Trial::run(&Method::HEAD, Protocol::Http, [answer(most).as_slice()]);
    assert_eq!(full.end, Some(End::Kept));
    let over = Trial::run(&Method::HEAD, Protocol::Http, [answer(most + 1).as_slice()]);
    assert_eq!(over.end, Some(End::Flawed(super::Flaw::TooManyFields)));
}

/// What answers are made of, sound and not.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive, x-a\r\n",
        "X-A: b\r\n",
        "\r\n",
        "\n",
        "hello",
        "5\r\nhello\r\n",
        "5;a=b\r\nhello\r\n",
        "0\r\n",
        "0\r\n\r\n",
        "0\r\nX-Sum: 1\r\n\r\n",
    ];
    prop_oneof![
        9 => proptest::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..Default::default() })]

    #[test]
    fn an_answer_is_the_same_wherever_the_network_splits_it(
        fragments in proptest::collection::vec(fragment(), 0..12),
        begins_well in any::<bool>(),
        is_head in any::<bool>(),
        steps in proptest::collection::vec(1_usize..20, 1..8),
    ) {
        let mut bytes = if begins_well { b"HTTP/1.1 200 OK\r\n".to_vec() } else { Vec::new() };
        bytes.extend(fragments.concat());
        let method = if is_head { Method::HEAD } else { Method::GET };
        let (mut rest, mut pieces) = (bytes.as_slice(), Vec::new());
        for step in steps.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*step).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let whole = Trial::run(&method, Protocol::Http, [bytes.as_slice()]);
        let split = Trial::run(&method, Protocol::Http, pieces);
        prop_assert_eq!(format!("{whole:?}"), format!("{split:?}"));
    }
}
