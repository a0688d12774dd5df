//! What templates of the Serverless Application Model mean here, compared with what AWS's own translator makes of them.
//!
//! Each `cases/sam/*.yaml` is read twice: as it is, and as the CloudFormation that the translator (of PyPI, at
//! the version in `scripts/setup`) turns it into. A case passes when both become the same stack, every resource with every property,
//! and the same is left out as unsupported. Notes may differ, since what has no meaning here is spread
//! over other resources there. Templates in `cases/sam/refused` pass when the translator refuses them and so do we.
//! `cases/sam/outcomes.md` lists every case that does not pass, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use stack::{Code, Inputs};

use super::{fixture, option_env, resources};

const OUTCOMES: &str = "cases/sam/outcomes.md";

/// Of the cases whose types of resources are supported, how many have to pass, of 100.
const ENOUGH: usize = 95;

#[test]
fn templates_mean_what_the_translator_of_sam_makes_of_them() {
    let cases = templates("cases/sam");
    let refused = templates("cases/sam/refused");
    let translated = translate(cases.iter().chain(&refused));
    let mut tally = Tally::default();
    for path in &cases {
        tally.count(&name(path), compare(path, &translated[path]));
    }
    for path in &refused {
        tally.count(&format!("refused/{}", name(path)), both_refuse(path, &translated[path]));
    }
    println!("{}", tally.share());
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join(OUTCOMES);
    let known = fs::read_to_string(&written).unwrap_or_default();
    let actual = tally.table(&reasons(&known));
    if known != actual && option_env("TIDEGATE_BLESS").is_some() {
        fs::write(&written, &actual).expect("a writable table");
    } else {
        assert_eq!(known, actual, "{}\nTIDEGATE_BLESS=1 accepts this", tally.differences);
    }
    assert!(!actual.contains(UNEXPLAINED), "{OUTCOMES} explains not all\n{}", tally.differences);
    assert!(tally.passed * 100 >= tally.supported() * ENOUGH, "{}", tally.share());
}

/// What came of a case.
enum Outcome {
    Passed,
    /// A type of resource or event that is not supported here.
    NotOurs(String),
    /// How what both became differs.
    Differs(String),
}

#[derive(Default)]
struct Tally {
    passed: usize,
    /// By type, the cases that have it.
    not_ours: BTreeMap<String, Vec<String>>,
    differing: Vec<String>,
    /// For who reads the failure.
    differences: String,
}

const UNEXPLAINED: &str = "(why?)";

impl Tally {
    fn count(&mut self, case: &str, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::NotOurs(kind) => self.not_ours.entry(kind).or_default().push(case.to_owned()),
            Outcome::Differs(how) => {
                let _ = write!(self.differences, "\n== {case}\n{how}");
                self.differing.push(case.to_owned());
            }
        }
    }

    fn supported(&self) -> usize {
        self.passed + self.differing.len()
    }

    fn share(&self) -> String {
        let left: usize = self.not_ours.values().map(Vec::len).sum();
        let (passed, supported) = (self.passed, self.supported());
        let tenths = passed * 1000 / supported.max(1);
        format!(
            "SAM translator cases: {passed} of {supported} pass ({}.{} %), {left} are of types that are not ours",
            tenths / 10,
            tenths % 10
        )
    }

    /// What [`OUTCOMES`] has to say, with the reasons that it gives already.
    fn table(&self, reasons: &BTreeMap<String, String>) -> String {
        let mut text = format!("{}\n\n| differs | why |\n|---|---|\n", self.share());
        for case in &self.differing {
            let why = reasons.get(case).map_or(UNEXPLAINED, String::as_str);
            let _ = writeln!(text, "| {case} | {why} |");
        }
        text.push_str("\n| not ours | cases |\n|---|---|\n");
        for (kind, cases) in &self.not_ours {
            let _ = writeln!(text, "| `{kind}` | {} |", cases.join(", "));
        }
        text
    }
}

fn reasons(table: &str) -> BTreeMap<String, String> {
    let rows = table.lines().filter_map(|line| {
        let (case, why) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
        Some((case.to_owned(), why.to_owned()))
    });
    rows.collect()
}

fn compare(path: &Path, translated: &Json) -> Outcome {
    let Some(template) = translated.get("template") else {
        return Outcome::Differs(format!("the translator refuses it: {translated}\n"));
    };
    let template = serde_json::to_vec_pretty(template).expect("JSON");
    let ours = Meaning::of("template.yaml", fs::read(path).expect("a template"));
    let theirs = Meaning::of("template.json", template.clone());
    let kinds = ours.not_ours.union(&theirs.not_ours);
    if let Some(kind) = kinds.into_iter().next() {
        return Outcome::NotOurs(kind.clone());
    }
    let mut how = difference(&ours.lines, &theirs.lines);
    // What neither can be made of is no agreement.
    how.extend(ours.problems.iter().map(|it| format!("sam: ! {it}\n")));
    how.extend(theirs.problems.iter().map(|it| format!("cfn: ! {it}\n")));
    how += &difference(&ours.left_out, &theirs.left_out);
    if how.is_empty() {
        return Outcome::Passed;
    }
    if option_env("TIDEGATE_SHOW").is_some() {
        how += &String::from_utf8_lossy(&template);
    }
    Outcome::Differs(how)
}

fn both_refuse(path: &Path, translated: &Json) -> Outcome {
    if let Some(template) = translated.get("template") {
        return Outcome::Differs(format!("the translator takes it: {template}\n"));
    }
    let bytes = fs::read(path).expect("a template");
    match stack::read_bytes(&fixture().join("template.yaml"), bytes, &Inputs::default()) {
        Err(problems) => {
            if option_env("TIDEGATE_SHOW").is_some() {
                println!("== {}\n{translated}\n{problems}", path.display());
            }
            Outcome::Passed
        }
        Ok(_) => Outcome::Differs(format!("only the translator refuses it: {translated}\n")),
    }
}

/// A stack as lines, and what was left out on the way to it.
#[derive(Default)]
struct Meaning {
    lines: BTreeSet<String>,
    left_out: BTreeSet<String>,
    /// Why it is none.
    problems: BTreeSet<String>,
    not_ours: BTreeSet<String>,
}

impl Meaning {
    fn of(file: &str, template: Vec<u8>) -> Self {
        let inputs = Inputs { allow_unsupported: true, ..Inputs::default() };
        let read = match stack::read_bytes(&fixture().join(file), template, &inputs) {
            Ok(read) => read,
            Err(problems) => {
                let not_ours = not_ours(&problems);
                let problems = problems.all.into_iter().map(|it| it.message).collect();
                return Self { problems, not_ours, ..Self::default() };
            }
        };
        let warnings = read.warnings.iter().flat_map(|it| &it.all);
        let left_out = warnings.filter(|it| it.code == Code::LeftOut);
        Self {
            lines: resources(&read.stack).lines().map(sorted).collect(),
            left_out: left_out.map(|it| format!("left out: {}", property(&it.message))).collect(),
            problems: BTreeSet::new(),
            not_ours: read.warnings.as_ref().map(not_ours).unwrap_or_default(),
        }
    }
}

/// A resource's line. The order of a fixed answer's headers means nothing.
fn sorted(line: &str) -> String {
    let Some((before, after)) = line.split_once("\"headers\":[[") else { return line.to_owned() };
    let Some((headers, after)) = after.split_once("]]") else { return line.to_owned() };
    let mut headers: Vec<_> = headers.split("],[").collect();
    headers.sort_unstable();
    format!("{before}\"headers\":[[{}]]{after}", headers.join("],["))
}

/// What SAM calls differently than CloudFormation and documents of OpenAPI.
const SYNONYMS: [(&str, &str); 4] = [
    ("DeadLetterQueue", "DeadLetterConfig"),
    ("GatewayResponses", "x-amazon-apigateway-gateway-responses"),
    ("ResponseTransferMode", "responseTransferMode"),
    ("RequestValidator", "x-amazon-apigateway-request-validator"),
];

/// The property that a message is about, whatever resource has it; other messages as they are.
fn property(message: &str) -> &str {
    let name = message.strip_prefix('`').and_then(|it| it.split_once('`'));
    match name {
        Some((name, rest)) if rest.ends_with(" is not supported") => {
            SYNONYMS.iter().find(|(sam, _)| *sam == name).map_or(name, |(_, same)| same)
        }
        _ => message,
    }
}

/// The types of resources and events that are told to be unsupported as a whole.
fn not_ours(problems: &stack::Problems) -> BTreeSet<String> {
    let messages = problems.all.iter().map(|it| &*it.message);
    let kinds = messages.filter_map(|it| {
        let rest = it.strip_prefix("resources of type `").or(it.strip_prefix("events of type `"));
        rest?.strip_suffix("` are not supported")
    });
    kinds.map(str::to_owned).collect()
}

fn difference(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> String {
    let ours_only = ours.difference(theirs).map(|line| format!("sam: {line}\n"));
    let theirs_only = theirs.difference(ours).map(|line| format!("cfn: {line}\n"));
    ours_only.chain(theirs_only).collect()
}

/// What the translator says of each template.
pub(super) fn translate<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, Json> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = own.join("../../target/tools/sam-translator/bin/python");
    let mut translator = Command::new(&python);
    translator.arg(own.join("tests/cases/translate.py")).args(paths);
    let output = translator.output().unwrap_or_else(|error| {
        panic!("{} does not run ({error}): run scripts/setup", python.display())
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the translator failed:\n{said}");
    serde_json::from_slice(&output.stdout).expect("what the translator says")
}

fn templates(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).expect("a folder of templates");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> =
        paths.filter(|it| it.extension().is_some_and(|it| it == "yaml")).collect();
    all.sort();
    assert!(!all.is_empty(), "no templates in {}", folder.display());
    all
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
