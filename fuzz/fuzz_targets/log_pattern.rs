//! Any text is a filter pattern of logs or is refused with a reason, and a pattern decides on any event.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, message) = input;
    if let Err(problem) = aws::fuzzing::log_pattern(pattern, message) {
        assert!(!problem.is_empty(), "refused without a reason");
    }
});
