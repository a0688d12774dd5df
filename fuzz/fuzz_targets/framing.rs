//! What follows HTTP/1 framing says the same wherever the network splits the bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::guard::{Framing, HeadLimits, Refusal};

const LIMITS: HeadLimits = HeadLimits { bytes: 512, target_bytes: 128, fields: 16 };

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (bytes, cuts) = input;
    let whole = outcome(std::iter::once(bytes.as_slice()));
    let split = outcome(pieces(&bytes, &cuts).into_iter());
    assert_eq!(whole.refusal, split.refusal);
    assert_eq!(whole.heads, split.heads);
    if whole.refusal.is_none() {
        assert_eq!(whole.passed, split.passed);
    } else {
        // What stands before the fault may have been handed on or kept, never what follows it.
        assert!(split.passed <= bytes.len() && whole.passed <= bytes.len());
    }
});

#[derive(Debug, Default)]
struct Outcome {
    passed: usize,
    heads: u32,
    refusal: Option<Refusal>,
}

/// As a connection does: what was not passed is fed again with what follows.
fn outcome<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut framing = Framing::new(LIMITS);
    let mut outcome = Outcome::default();
    let mut waiting = Vec::new();
    for piece in pieces {
        waiting.extend_from_slice(piece);
        let fed = framing.feed(&waiting);
        assert!(fed.passed <= waiting.len(), "more was passed than fed");
        waiting.drain(..fed.passed);
        outcome.passed += fed.passed;
        if fed.refusal.is_some() {
            outcome.refusal = fed.refusal;
            break;
        }
        assert!(!framing.is_tunnel(), "a tunnel nobody opened");
    }
    outcome.heads = framing.heads();
    outcome
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[u8]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    for cut in cuts {
        let (piece, after) = rest.split_at(usize::from(*cut).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
