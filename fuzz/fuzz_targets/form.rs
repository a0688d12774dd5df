//! Any form is an input of the Query protocol or is refused with a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(problem) = aws::fuzzing::form(bytes) {
        assert!(!problem.is_empty(), "refused without a reason");
    }
});
