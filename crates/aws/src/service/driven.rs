//! Every action that is served is called by a program of each of AWS's clients, in `tests/sdk`, and
//! has a row there that it refuses.

use std::collections::BTreeSet;
use std::path::Path;

use super::ALL;

/// A client: the file of its programs, and how they call an action of a service.
struct Client {
    file: &'static str,
    calls: fn(action: &str) -> Vec<String>,
}

const CLIENTS: [Client; 3] = [
    Client { file: "python.py", calls: |action| vec![spelled(action, '_')] },
    Client {
        file: "javascript.cjs",
        calls: |action| {
            vec![format!("{action}Command"), format!("paginate{action}"), format!("'{action}'")]
        },
    },
    Client { file: "aws_cli.sh", calls: |action| vec![spelled(action, '-')] },
];

/// What a client has no call for.
const NONE: &[(&str, &str)] = &[
    // A file that receivers of messages fetch.
    ("python.py", "SigningCertificate"),
    ("javascript.cjs", "SigningCertificate"),
    ("aws_cli.sh", "SigningCertificate"),
    // A file that whoever has `GetFunction`'s link fetches.
    ("python.py", "DownloadCode"),
    ("javascript.cjs", "DownloadCode"),
    ("aws_cli.sh", "DownloadCode"),
    // aws-cli cannot read a stream of events.
    ("aws_cli.sh", "InvokeWithResponseStream"),
    // Debian's aws-cli is older than these.
    ("aws_cli.sh", "StartMessageMoveTask"),
    ("aws_cli.sh", "CancelMessageMoveTask"),
    ("aws_cli.sh", "ListMessageMoveTasks"),
];

/// Actions that refuse no input, or that no client has.
const NEVER_REFUSED: &[&str] =
    &["SigningCertificate", "DownloadCode", "GetAccountSettings", "GetCallerIdentity"];

/// The folders whose programs are a service's.
fn folders(service: &str) -> &[&str] {
    match service {
        "lambda" => &["lambda", "event_source_mappings", "function_urls"],
        "events" => &["events"],
        "logs" => &["logs"],
        "scheduler" => &["scheduler"],
        "sns" => &["sns"],
        "sqs" => &["sqs"],
        "ssm" => &["ssm"],
        "sts" => &["sts"],
        other => panic!("which folder of tests/sdk has the programs of `{other}`?"),
    }
}

/// `GetQueueUrl` as `get_queue_url`.
fn spelled(action: &str, between: char) -> String {
    let mut text = String::new();
    for letter in action.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push(between);
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// Whether the text has these letters as a word of their own.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

fn programs(service: &str, file: &str) -> String {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sdk");
    let read = |folder: &&str| std::fs::read_to_string(sdk.join(folder).join(file));
    folders(service).iter().filter_map(|folder| read(folder).ok()).collect()
}

#[test]
fn every_action_is_called_by_every_client() {
    let mut missing = BTreeSet::new();
    for service in ALL {
        for client in CLIENTS {
            let programs = programs(service.name, client.file);
            for action in service.actions.iter().map(|operation| operation.name) {
                let calls = (client.calls)(action);
                let is_called = calls.iter().any(|call| has_word(&programs, call));
                if !is_called && !NONE.contains(&(client.file, action)) {
                    missing.insert(format!("{}/{}: {action}", service.name, client.file));
                }
            }
        }
    }
    let missing: Vec<_> = missing.into_iter().collect();
    assert!(missing.is_empty(), "no program calls these:\n{}", missing.join("\n"));
}

#[test]
fn every_action_has_an_input_that_it_refuses() {
    let mut missing = BTreeSet::new();
    for service in ALL {
        let rows = programs(service.name, "refused.json");
        for action in service.actions.iter().map(|operation| operation.name) {
            let has_row = rows.contains(&format!("[\"{action}\", "));
            if has_row == NEVER_REFUSED.contains(&action) {
                missing.insert(format!("{} {action}", service.name));
            }
        }
    }
    assert!(missing.is_empty(), "no row of refused.json has these, or should: {missing:?}");
}

#[test]
fn words_are_found_whole() {
    assert!(has_word("aws sqs tag-queue --x", "tag-queue"));
    assert!(!has_word("aws sqs untag-queue --x", "tag-queue"));
    assert!(!has_word("aws sqs tag-queues", "tag-queue"));
    assert!(has_word("sqs.tag_queue(", "tag_queue"));
}
