//! The guard's judgement as a pure function.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use wire::Refusal;
use wire::guard::{Framing, HeadLimits};

use crate::cases;

fn framing() -> Framing {
    Framing::new(HeadLimits { bytes: 16 << 10, target_bytes: 8 << 10, fields: 100 })
}

/// How many bytes pass when they arrive in pieces, and what is refused.
fn judge(bytes: &[u8], cuts: &[usize]) -> (usize, Option<Refusal>) {
    let mut framing = framing();
    let mut passed = 0;
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    for end in ends {
        if end <= passed {
            continue;
        }
        let fed = framing.feed(&bytes[passed..end]);
        passed += fed.passed;
        if fed.refusal.is_some() {
            return (passed, fed.refusal);
        }
    }
    (passed, None)
}

/// What a hostile client writes: the alphabet of HTTP with a few wrong letters.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just(b"GET / HTTP/1.1\r\n".to_vec()),
        Just(b"POST /x HTTP/1.1\r\n".to_vec()),
        Just(b"Host: a\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(b"Upgrade: x\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"3\r\nabc\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"\n".to_vec()),
        vec(any::<u8>(), 0..6),
    ];
    vec(word, 0..20).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..Default::default() })]

    #[test]
    fn how_bytes_are_split_changes_nothing(bytes in noise(), cuts in vec(any::<usize>(), 0..12)) {
        prop_assert_eq!(judge(&bytes, &cuts), judge(&bytes, &[]));
    }

    #[test]
    fn arbitrary_bytes_are_judged(bytes in vec(any::<u8>(), 0..2_000)) {
        let (passed, _) = judge(&bytes, &[]);
        prop_assert!(passed <= bytes.len());
    }
}

#[test]
fn how_cases_are_split_changes_nothing() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for case in cases::all() {
        let whole = judge(&case.bytes, &[]);
        for _ in 0..20 {
            let cuts = vec(any::<usize>(), 0..8).new_tree(&mut runner).unwrap().current();
            assert_eq!(judge(&case.bytes, &cuts), whole, "{} cut at {cuts:?}", case.name);
        }
    }
}

#[test]
fn what_passes_the_guard_passes_a_parser() {
    for case in cases::all().iter().filter(|case| case.name.starts_with("legal")) {
        let (passed, refusal) = judge(&case.bytes, &[]);
        assert_eq!((passed, refusal), (case.bytes.len(), None), "{}", case.name);
    }
}
