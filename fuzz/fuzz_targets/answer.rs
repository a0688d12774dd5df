//! An upstream's answer is the same wherever the network splits its bytes.

#![no_main]

use http::Method;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, Vec<u8>, Vec<u8>)| {
    let (is_head, bytes, cuts) = input;
    let method = if is_head { Method::HEAD } else { Method::GET };
    // Few random bytes begin an answer.
    for bytes in [bytes.clone(), [b"HTTP/1.1 200 OK\r\n".as_slice(), &bytes].concat()] {
        let whole = gateway::fuzzing::answer(&method, [bytes.as_slice()]);
        let split = gateway::fuzzing::answer(&method, pieces(&bytes, &cuts));
        assert_eq!(whole, split);
    }
});

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
