//! Any bytes are a manifest or a list of problems that can be drawn.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(problems) = stack::manifest::parse_bytes(bytes) {
        assert!(!problems.all.is_empty(), "refused without a problem");
        problems.render(stack::Look::Plain);
        problems.render(stack::Look::Graphical { width: 80 });
        problems.to_json();
    }
});
