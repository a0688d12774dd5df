//! Any text is a pattern or is refused with a reason, and a pattern decides on any JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Pattern;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, event) = input;
    match Pattern::compile(pattern) {
        Ok(pattern) => {
            assert!(pattern.keys() > 0 && pattern.combinations() > 0);
            if let Ok(event) = serde_json::from_str(event) {
                pattern.matches(&event);
            }
        }
        Err(problem) => assert!(!problem.to_string().is_empty(), "refused without a reason"),
    }
});
