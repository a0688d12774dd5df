//! What a hostile runtime writes to its Runtime API endpoint.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = functions::fuzzing::requests(bytes);
    assert!(whole <= bytes.len());
    // A request that is whole stays what it is, whatever follows it.
    assert_eq!(functions::fuzzing::requests(&bytes[..whole]), whole);
});
