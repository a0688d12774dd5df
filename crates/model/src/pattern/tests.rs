//! `cases/patterns/*.case`: a pattern, `---`, and either why it is refused or events, of which each
//! line says whether it matches.
//!
//! `TIDEGATE_BLESS=1` writes what comes of it into the file; read the difference before keeping it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::Pattern;

const SEPARATOR: &str = "\n---\n";

fn outcome(pattern: &str, expected: &str) -> String {
    let pattern = match Pattern::compile(pattern) {
        Ok(pattern) => pattern,
        Err(problem) => return format!("refused: {problem}\n"),
    };
    let mut outcome = String::new();
    for line in expected.lines() {
        let event = line.trim_start_matches("matches ").trim_start_matches("ignores ");
        let value: Value = serde_json::from_str(event).unwrap_or_else(|e| panic!("{event}: {e}"));
        let verdict = if pattern.matches(&value) { "matches" } else { "ignores" };
        let _ = writeln!(outcome, "{verdict} {event}");
    }
    outcome
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
fn every_case_comes_out_as_written() {
    let bless = std::env::var("TIDEGATE_BLESS").is_ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/patterns");
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("a case").path();
        let text = fs::read_to_string(&path).expect("a case file");
        let (pattern, expected) = text.split_once(SEPARATOR).expect("a pattern and outcomes");
        let actual = outcome(pattern, expected);
        count += 1;
        if actual == expected {
            continue;
        }
        if bless {
            fs::write(&path, format!("{pattern}{SEPARATOR}{actual}")).expect("a writable case");
            continue;
        }
        let path = path.display();
        let _ = write!(wrong, "\n== {path}\n-- expected\n{expected}-- actual\n{actual}");
    }
    assert!(count > 60, "found only {count} cases");
    assert!(wrong.is_empty(), "{wrong}\nTIDEGATE_BLESS=1 accepts what came out");
}

fn combinations(pattern: &str) -> u64 {
    Pattern::compile(pattern).expect("a pattern").combinations()
}

#[test]
fn combinations_are_multiplied_by_depth() {
    assert_eq!(combinations(r#"{"a":[1,2,3],"b":[1],"c":[1,2]}"#), 6);
    let nested = r#"{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]}}"#;
    assert_eq!(combinations(nested), 3 * 4 * 2 * 3);
    assert_eq!(combinations(r#"{"a":[1,2],"$or":[{"b":[1,2]},{"c":[1,2,3]}]}"#), 2 * (2 + 3));
}

proptest! {
    /// A wildcard that was made from a text by replacing parts of it matches the text.
    #[test]
    fn a_wildcard_matches_what_it_was_made_from(parts in prop::collection::vec("[ab*\\\\]{0,4}", 1..6)) {
        let escaped = |part: &String| part.replace('\\', "\\\\").replace('*', "\\*");
        let kept: Vec<String> = parts.iter().step_by(2).map(escaped).filter(|p| !p.is_empty()).collect();
        let text = parts.concat();
        let ends = if kept.is_empty() { "" } else { "*" };
        let wildcard = format!("*{}{ends}", kept.join("*"));
        let wildcard = super::wildcard::Wildcard::parse(&wildcard);
        prop_assert!(wildcard.is_ok_and(|wildcard| wildcard.matches(&text)));
    }

    #[test]
    fn no_text_makes_it_panic(pattern in "[\\[\\]{}\",: a$or0-9<>=]{0,40}", event in "[\\[\\]{}\",:a0-9]{0,20}") {
        if let Ok(pattern) = Pattern::compile(&pattern)
            && let Ok(event) = serde_json::from_str(&event)
        {
            pattern.matches(&event);
        }
    }
}
