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
