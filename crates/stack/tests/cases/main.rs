//! Runs every `.case` file: a manifest, `---`, and what must come of it.
//!
//! `TIDEGATE_BLESS=1` writes what comes of it into the file; read the difference before keeping it.

mod export;
mod translator;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use stack::{Inputs, Look, Problems, Read, change_set};

#[test]
fn every_case_comes_out_as_written() {
    let bless = option_env("TIDEGATE_BLESS").is_some();
    let mut failures = String::new();
    let mut count = 0;
    for path in case_files() {
        let text = fs::read_to_string(&path).expect("a case file");
        let case = Case::parse(&text).unwrap_or_else(|| panic!("{}: no `---`", path.display()));
        let actual = case.run();
        count += 1;
        if actual == case.expected {
            continue;
        }
        if bless {
            fs::write(&path, case.with_expected(&actual)).expect("a writable case file");
            continue;
        }
        let path = path.display();
        let _ = write!(failures, "\n== {path}\n-- expected\n{}-- actual\n{actual}", case.expected);
    }
    assert!(count > 50, "found only {count} cases");
    assert!(failures.is_empty(), "{failures}\nTIDEGATE_BLESS=1 accepts what came out");
}

#[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
fn option_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Case<'a> {
    /// One manifest, or the old and the new one of a change set.
    manifests: Vec<&'a str>,
    expected: &'a str,
}

const SEPARATOR: &str = "\n---\n";

impl<'a> Case<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts: Vec<&str> = text.split(SEPARATOR).collect();
        let expected = parts.pop()?;
        (!parts.is_empty()).then_some(Self { manifests: parts, expected })
    }

    fn with_expected(&self, actual: &str) -> String {
        format!("{}{SEPARATOR}{actual}", self.manifests.join(SEPARATOR))
    }

    fn run(&self) -> String {
        match self.manifests.as_slice() {
            [manifest] => match read(manifest) {
                Ok(read) => resources(&read.stack) + &warnings(&read),
                Err(problems) => relative(&problems.render(Look::Plain)),
            },
            [old, new] => {
                let good = |manifest| read(manifest).expect("a good manifest").stack;
                let old = (!old.trim().is_empty()).then(|| good(old));
                let new = good(new);
                let changes = change_set::between(old.as_ref(), &new);
                let json = serde_json::to_string(&changes).expect("JSON");
                relative(&format!("{changes}{json}\n"))
            }
            _ => panic!("a case has one manifest or two"),
        }
    }
}

/// Comment lines `# env NAME=value`, `# set name=value`, `# import name=value` and `# allow unsupported`
/// give a case its inputs; `# file template.json` at its head says what it is, and is no part of it.
fn read(manifest: &str) -> Result<Read, Problems> {
    let mut inputs = Inputs::default();
    let head = manifest.lines().next().and_then(|line| line.strip_prefix("# file "));
    let file = head.unwrap_or("tidegate.yaml");
    let manifest =
        if head.is_some() { manifest.split_once('\n').map_or("", |it| it.1) } else { manifest };
    for line in manifest.lines() {
        let pair = |rest: &str| rest.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        if let Some((name, value)) = line.strip_prefix("# env ").and_then(pair) {
            inputs.environment.insert(name, value);
        }
        inputs.imports.extend(line.strip_prefix("# import ").and_then(pair));
        inputs.allow_unsupported |= line == "# allow unsupported";
        inputs.set.extend(line.strip_prefix("# set ").and_then(pair));
    }
    let manifest = format!("{manifest}\n").into_bytes();
    stack::read_bytes(&fixture().join(file), manifest, &inputs)
}

/// One line for each resource, as compact JSON.
fn resources(stack: &model::Stack) -> String {
    let mut lines = format!("stack {}\n", stack.name);
    for (resource, properties) in change_set::resources(stack) {
        let _ = writeln!(lines, "{resource} {properties}");
    }
    for (name, output) in &stack.outputs {
        let _ = writeln!(lines, "output {name} {}", serde_json::to_string(output).expect("JSON"));
    }
    relative(&lines)
}

fn warnings(read: &Read) -> String {
    let drawn = read.warnings.as_ref().map(|warnings| warnings.render(Look::Plain));
    let notes = read.notes.as_ref().map(Problems::lines);
    let told = drawn.into_iter().chain(notes);
    told.map(|told| format!("\n{}", relative(&told))).collect()
}

fn relative(text: &str) -> String {
    let folder = fixture();
    let text = text.replace(&format!("{}/", folder.display()), "");
    text.replace(&folder.display().to_string(), ".")
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/fixture")
}

fn case_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "case") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("tidegate.yaml");
    let problems = stack::read(&missing, &Inputs::default()).expect_err("no file");
    let expected = format!(
        "E0101\n\n  x the manifest `{}` cannot be read: No such file or directory (os error 2)\n",
        missing.display()
    );
    assert_eq!(problems.to_string(), expected);

    fs::write(&missing, "x".repeat(2 << 20)).expect("a large file");
    let problems = stack::read(&missing, &Inputs::default()).expect_err("too large");
    assert_eq!(problems.all[0].code, stack::Code::TooLarge);
}

#[test]
fn an_avalanche_of_problems_is_cut_short() {
    let manifest: String = (0..1_000).map(|n| format!("unknown{n}: 1\n")).collect();
    let problems = read(&manifest).expect_err("a thousand unknown keys");
    assert_eq!(problems.len(), 1_001);
    let drawn = problems.render(Look::Plain);
    assert!(drawn.ends_with("\nand 801 more problems\n"), "{drawn}");
}
