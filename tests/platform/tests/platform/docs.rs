//! Every command that the documents show is run, in their order, with the real program.
//!
//! A fence named `sh` holds commands that must succeed; `console` holds `$ command` lines and what
//! they print, where `...` stands for anything. A fence whose first line is `# file: NAME` (or
//! `// file: NAME`) is written to that file. `text` is shown only. Others must be named after
//! their language, so that no command goes unnoticed.

mod block;
mod ports;
mod session;

use std::path::{Path, PathBuf};

use crate::program::repository;
use block::{Block, Kind};
use session::Session;

/// Languages of fences that hold no commands.
const LANGUAGES: [&str; 9] =
    ["text", "yaml", "json", "python", "js", "rust", "toml", "ini", "http"];

/// Commands that are run elsewhere or only by people, and why.
const EXEMPT: [(&str, &str); 10] = [
    ("git clone https://github.com/tidegate/tidegate && cd tidegate", "the repository is here"),
    ("scripts/test", "runs this test"),
    ("cargo test --manifest-path examples/gapfind/Cargo.toml", "scripts/test runs it"),
    ("cargo test --manifest-path examples/airline/Cargo.toml", "scripts/test runs it"),
    ("examples/gapfind/replay.py", "the test of Gapfind replays the same file"),
    ("tidegate logs -f", "ends with Ctrl-C"),
    (
        "tidegate completions",
        "the test of the command line runs it; it writes into the home folder",
    ),
    ("cargo +nightly fuzz", "needs a nightly toolchain and runs for hours"),
    ("sudo ", "changes the machine"),
    ("systemctl ", "changes the machine"),
];

fn is_exempt(command: &str) -> bool {
    EXEMPT.iter().any(|(exempt, _)| command.starts_with(exempt))
}

#[test]
fn every_block_is_run_or_named_after_its_language() {
    let mut failures = Vec::new();
    for page in pages() {
        for block in blocks(&page) {
            if !block.is_command() && !LANGUAGES.contains(&&*block.language) {
                let (page, line) = (page.display(), block.line);
                failures.push(format!("{page}:{line}: ```{} is not known", block.language));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        let folder = page.parent().expect("a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") {
                continue;
            }
            let file = if file.is_empty() { page.clone() } else { folder.join(file) };
            if !file.exists() || !(heading.is_empty() || has_heading(&file, heading)) {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

/// Whoever asks installs, compiles and writes nothing.
#[test]
fn scripts_say_how_they_are_used() {
    for script in std::fs::read_dir(repository().join("scripts")).expect("a folder") {
        let script = script.expect("an entry").path();
        let asked = |flag: &str| {
            let mut command = std::process::Command::new(&script);
            // Cargo is elsewhere.
            command.arg(flag).env("PATH", "/usr/bin:/bin").output().expect("it starts")
        };
        let said = asked("--help");
        let (said, status) = (String::from_utf8_lossy(&said.stdout).into_owned(), said.status);
        let name = script.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(status.success() && said.contains(&name), "{name}: {status}: {said}");
        if ["test", "setup", "java-bootstrap"].contains(&&*name) {
            assert_eq!(asked("--no-such-flag").status.code(), Some(2), "{name}");
        }
    }
}

/// Whether a page has a heading that links call so.
fn has_heading(page: &Path, wanted: &str) -> bool {
    let text = std::fs::read_to_string(page).expect("a page");
    let mut is_code = false;
    text.lines().any(|line| {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        !is_code && heading.len() < line.len() && linked(heading.trim()) == wanted
    })
}

/// As it is linked to: lower case, with hyphens between its words and without other marks.
fn linked(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn the_readme_does_what_it_says() {
    follow("README.md");
}

#[test]
fn the_tutorial_does_what_it_says() {
    follow("docs/tutorial.md");
}

#[test]
fn working_locally_does_what_it_says() {
    follow("docs/local.md");
}

#[test]
fn the_guides_do_what_they_say() {
    let mut guides: Vec<PathBuf> = pages_in("docs");
    guides.retain(|page| !page.ends_with("tutorial.md") && !page.ends_with("local.md"));
    for guide in guides {
        follow_page(&guide);
    }
}

#[test]
fn the_examples_do_what_they_say() {
    for example in example_pages() {
        follow_page(&example);
    }
}

#[test]
fn the_fuzz_targets_start_as_described() {
    for block in blocks(&repository().join("fuzz/README.md")) {
        assert!(!block.is_command() || block.commands().all(is_exempt), "line {}", block.line);
    }
}

fn follow(page: &str) {
    follow_page(&repository().join(page));
}

/// Runs a page from its top to its end in a folder of its own.
fn follow_page(page: &Path) {
    let mut session = Session::new(page);
    for block in blocks(page) {
        match &block.kind {
            Kind::File(name) => session.save(name, &block.text),
            Kind::Commands => block.commands().for_each(|c| session.succeed(c, block.line)),
            Kind::Console => {
                for (command, expected) in block.exchanges() {
                    session.expect(command, &expected, block.line);
                }
            }
            Kind::Shown => {}
        }
    }
}

fn blocks(page: &Path) -> Vec<Block> {
    block::read(&std::fs::read_to_string(page).expect("a page"))
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("README.md"), repository().join("fuzz/README.md")];
    pages.extend(pages_in("docs"));
    pages.extend(example_pages());
    pages
}

fn pages_in(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join(folder)).expect("a folder");
    let mut pages: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    assert!(!pages.is_empty(), "{folder} has no pages");
    pages
}

fn example_pages() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("examples")).expect("a folder");
    let mut pages: Vec<_> =
        entries.map(|entry| entry.expect("an entry").path().join("README.md")).collect();
    pages.retain(|page| page.exists());
    pages.sort();
    pages
}
