//! The embedded bootstrap for Java is what its sources say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

const REFRESH: &str = "the jar is not what its sources say: run scripts/java-bootstrap";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bootstrap/java")
}

/// Every file below a folder, by its path from there.
fn files(root: &Path, folder: &Path, extension: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files(root, &path, extension, found);
        } else if path.extension().is_some_and(|it| it == extension) {
            let name = path.strip_prefix(root).expect("below").to_str().expect("text");
            found.insert(name.to_owned(), fs::read(&path).expect("readable"));
        }
    }
}

fn entries() -> BTreeMap<String, Vec<u8>> {
    let unpacked = tempfile::tempdir().expect("a folder");
    let jar = fs::File::open(folder().join("bootstrap.jar")).expect("a jar");
    zip::ZipArchive::new(jar).expect("a zip").extract(unpacked.path()).expect("unpacked");
    let mut found = BTreeMap::new();
    files(unpacked.path(), unpacked.path(), "class", &mut found);
    let sources = fs::read(unpacked.path().join("META-INF/SOURCES")).expect("told");
    found.insert("META-INF/SOURCES".to_owned(), sources);
    found
}

fn compiler() -> String {
    let out = Command::new("javac").arg("-version").output().expect("javac: run scripts/setup");
    let text = String::from_utf8([out.stdout, out.stderr].concat()).expect("text");
    text.split('.').next().expect("a version").trim().to_owned()
}

#[test]
fn the_jar_is_made_of_the_sources_beside_it() {
    let mut jar = entries();
    let told = String::from_utf8(jar.remove("META-INF/SOURCES").expect("told")).expect("text");
    let (made_by, told) = told.split_once('\n').expect("lines");
    let mut sources = BTreeMap::new();
    for part in ["shapes", "src"] {
        files(&folder(), &folder().join(part), "java", &mut sources);
    }
    let mut expected = String::new();
    for (name, content) in &sources {
        let digest = Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let _ = writeln!(expected, "{digest}  {name}");
    }
    assert_eq!(told, expected, "{REFRESH}");

    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("javac");
    command.args(["--release", "8", "-g:source,lines", "-proc:none", "-Xlint:-options"]);
    command.arg("-sourcepath").arg(folder().join("shapes")).arg("-d").arg(out.path());
    let own = sources.keys().filter(|name| name.starts_with("src/"));
    let output = command.args(own.map(|name| folder().join(name))).output().expect("javac");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut compiled = BTreeMap::new();
    files(out.path(), &out.path().join("tidegate"), "class", &mut compiled);
    // Another version of the compiler writes the same classes with other bytes.
    if made_by == compiler() {
        assert!(jar == compiled, "{REFRESH}");
    }
    let names = |all: BTreeMap<String, Vec<u8>>| all.into_keys().collect::<Vec<_>>();
    assert_eq!(names(jar), names(compiled), "{REFRESH}");
}

/// Runs every case in one machine, which takes a tenth of a second to start.
#[test]
fn values_are_made_of_json_and_written_as_json() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().expect("a folder");
    crate::java::classes::compile("cases", out.path());
    let mut cases: Vec<PathBuf> = fs::read_dir(manifest.join("cases/java"))
        .expect("cases")
        .map(|entry| entry.expect("readable").path())
        .collect();
    cases.sort();
    let jar = folder().join("bootstrap.jar");
    let path = std::env::join_paths([jar.as_path(), out.path()]).expect("a class path");
    let mut command = Command::new("java");
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]).arg(path);
    let output = command.arg("cases.Cases").args(&cases).output().expect("java");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let came: Vec<&str> = text.split("---\n").collect();
    assert_eq!(came.len(), cases.len() + 1);
    #[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
    let bless = std::env::var("TIDEGATE_BLESS").is_ok();
    let mut failures = String::new();
    for (case, actual) in cases.iter().zip(came) {
        let text = fs::read_to_string(case).expect("readable");
        let (input, expected) = text.split_once("\n---\n").expect("a case");
        if bless {
            fs::write(case, format!("{input}\n---\n{actual}")).expect("written");
        } else if expected != actual {
            let case = case.display();
            let _ = write!(failures, "\n== {case}\n-- expected\n{expected}-- actual\n{actual}");
        }
    }
    assert!(failures.is_empty(), "{failures}\nTIDEGATE_BLESS=1 accepts what came out");
}
