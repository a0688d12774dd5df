//! Any text is a filter policy or is refused with a reason, and a policy decides on any message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::topic::{FilterPolicy, FilterScope};
use model::{AttributeData, AttributeValue};

fuzz_target!(|input: (&str, &str, bool, &str, &str)| {
    let (policy, body, of_body, data_type, value) = input;
    let value = AttributeData::Text(value.to_owned());
    let attribute = AttributeValue { data_type: data_type.to_owned(), value };
    let scope = if of_body { FilterScope::MessageBody } else { FilterScope::MessageAttributes };
    match FilterPolicy::compile(policy, scope) {
        Ok(policy) => {
            policy.wants(body, &[("kind".to_owned(), attribute)]);
        }
        Err(problem) => assert!(!problem.is_empty(), "refused without a reason"),
    }
});
