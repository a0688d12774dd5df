//! Builds of tiny projects with the real tools, without a network.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use model::SystemClock;

use super::*;

struct Project {
    source: tempfile::TempDir,
    state: tempfile::TempDir,
    builder: Builder,
    said: Mutex<Vec<String>>,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let (source, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, content) in files {
            let path = source.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let artifacts = Artifacts::open(state.path()).unwrap();
        let builder = Builder::new(artifacts, search_path(), Arc::new(SystemClock::start()));
        Self { source, state, builder, said: Mutex::default() }
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.source.path().join(name), content).unwrap();
    }

    /// The result, and the steps it took.
    async fn build(&self, build: &Build) -> (Result<Built, BuildError>, Vec<String>) {
        let folder = self.source.path();
        let source = Source { folder, sources: folder, build, interpreter: None };
        let report = |report: Report<'_>| {
            if let Report::Step { text, .. } = report {
                self.said.lock().unwrap().push(text.to_owned());
            }
        };
        let built = self.builder.build(source, &report).await;
        (built, std::mem::take(&mut *self.said.lock().unwrap()))
    }
}

fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap()
}

#[tokio::test]
async fn cargo_builds_once_and_again_when_a_source_changes() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
        ),
        ("src/main.rs", "mod other; fn main() { println!(\"{}\", other::NUMBER) }"),
        ("src/other.rs", "pub const NUMBER: u8 = 1;"),
    ]);
    let build = Build::Cargo { binary: "tiny".into() };
    let output =
        |built: &Built| Command::new(built.code.join("bootstrap")).output().unwrap().stdout;
    let (first, steps) = project.build(&build).await;
    let first = first.unwrap();
    assert_eq!((output(&first), steps), (b"1\n".to_vec(), vec!["compiling `tiny`".to_owned()]));
    let (same, steps) = project.build(&build).await;
    assert_eq!((same.unwrap(), steps), (first.clone(), Vec::<String>::new()));
    project.write("src/other.rs", "pub const NUMBER: u8 = 2;");
    let second = project.build(&build).await.0.unwrap();
    assert_eq!(output(&second), b"2\n");
    assert_eq!(output(&first), b"1\n", "the running version keeps its program");
    project.write("src/other.rs", "pub const NUMBER: u8 = ;");
    let failed = project.build(&build).await.0.unwrap_err().to_string();
    assert!(
        failed.contains("cargo build --release --bin tiny") && failed.contains("src/other.rs:1"),
        "{failed}"
    );
}

#[tokio::test]
async fn python_dependencies_are_installed_once_and_apart_from_sources() {
    let project = Project::new(&[
        ("index.py", "import tiny"),
        ("requirements.txt", "--no-index\n./tiny-1.0-py3-none-any.whl\n"),
    ]);
    write_wheel(&project.source.path().join("tiny-1.0-py3-none-any.whl"));
    let (first, steps) = project.build(&Build::Python).await;
    let first = first.unwrap();
    assert_eq!(steps, ["compiling Python sources", "installing Python dependencies"]);
    assert_eq!(first.code, project.source.path());
    let dependencies = first.dependencies.clone().unwrap();
    assert!(dependencies.join("python/tiny.py").is_file());
    assert!(dependencies.join("python/__pycache__").is_dir());
    assert!(project.source.path().join("__pycache__").is_dir());
    project.write("index.py", "import tiny, os");
    let (second, steps) = project.build(&Build::Python).await;
    let second = second.unwrap();
    assert_eq!(steps, ["compiling Python sources"]);
    assert_eq!((&second.code, &second.dependencies), (&first.code, &first.dependencies));
    assert_ne!(second.kept, first.kept, "what remembers that sources were compiled");
    let (third, steps) = project.build(&Build::Python).await;
    assert_eq!((third.unwrap(), steps), (second, Vec::<String>::new()));
    project.write("requirements.txt", "--no-index\nabsent==1\n");
    let failed = project.build(&Build::Python).await.0.unwrap_err().to_string();
    assert!(failed.contains("; correct requirements.txt, or see whether"), "{failed}");
    assert!(failed.contains("absent==1"), "{failed}");
}

/// The smallest package an installer accepts without building it.
fn write_wheel(path: &Path) {
    use std::io::Write;
    let mut wheel = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in [
        ("tiny.py", "ANSWER = 42\n"),
        ("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"),
        (
            "tiny-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        ("tiny-1.0.dist-info/RECORD", "tiny.py,,\n"),
    ] {
        wheel.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        wheel.write_all(content.as_bytes()).unwrap();
    }
    wheel.finish().unwrap();
}

#[tokio::test]
async fn npm_modules_are_installed_once_and_sources_follow() {
    let lock = r#"{"name":"tiny","version":"1.0.0","lockfileVersion":3,"packages":{
        "":{"name":"tiny","version":"1.0.0","dependencies":{"local":"file:local"}},
        "node_modules/local":{"version":"1.0.0","resolved":"file:local"}}}"#;
    let project = Project::new(&[
        (
            "package.json",
            r#"{"name":"tiny","version":"1.0.0","dependencies":{"local":"file:local"}}"#,
        ),
        ("package-lock.json", lock),
        ("local/package.json", r#"{"name":"local","version":"1.0.0","main":"main.js"}"#),
        ("local/main.js", "exports.answer = 42\n"),
        ("index.mjs", "import local from 'local'; console.log(local.answer)\n"),
    ]);
    let (first, steps) = project.build(&Build::Npm).await;
    let first = first.unwrap();
    assert_eq!(steps, ["installing Node.js dependencies", "assembling sources and modules"]);
    let output = Command::new("node").arg(first.code.join("index.mjs")).output().unwrap();
    assert_eq!(output.stdout, b"42\n");
    assert!(!project.source.path().join("node_modules").exists(), "the source is left as it is");
    let (same, steps) = project.build(&Build::Npm).await;
    assert_eq!((same.unwrap(), steps), (first, Vec::<String>::new()));
}

#[tokio::test]
async fn npm_installs_what_fits_where_no_versions_are_locked() {
    let project = Project::new(&[
        (
            "package.json",
            r#"{"name":"tiny","version":"1.0.0","dependencies":{"local":"file:local"}}"#,
        ),
        ("local/package.json", r#"{"name":"local","version":"1.0.0","main":"main.js"}"#),
        ("local/main.js", "exports.answer = 42\n"),
        ("index.mjs", "import local from 'local'; console.log(local.answer)\n"),
    ]);
    let built = project.build(&Build::Npm).await.0.unwrap();
    let output = Command::new("node").arg(built.code.join("index.mjs")).output().unwrap();
    assert_eq!(output.stdout, b"42\n");
    assert!(!project.source.path().join("package-lock.json").exists(), "the source is left alone");
}

#[tokio::test]
async fn sources_may_be_a_part_of_the_folder_that_tools_read() {
    let package = r#"{"name": "t", "version": "1.0.0", "dependencies": {"local": "file:./local"}}"#;
    let project = Project::new(&[
        ("package.json", package),
        ("local/package.json", r#"{"name": "local", "version": "1.0.0", "main": "main.js"}"#),
        ("local/main.js", "exports.answer = 42\n"),
        ("index.mjs", "import local from 'local'; console.log(local.answer)\n"),
        ("test.mjs", ""),
    ]);
    let part = tempfile::tempdir().unwrap();
    fs::create_dir(part.path().join("local")).unwrap();
    // npm may link a package of the same folder.
    for file in ["index.mjs", "local/package.json", "local/main.js"] {
        fs::copy(project.source.path().join(file), part.path().join(file)).unwrap();
    }
    let (folder, sources) = (project.source.path(), part.path());
    let source = Source { folder, sources, build: &Build::Npm, interpreter: None };
    let built = project.builder.build(source, &|_| {}).await.unwrap();
    assert!(!["test.mjs", "package.json"].iter().any(|file| built.code.join(file).exists()));
    let output = Command::new("node").arg(built.code.join("index.mjs")).output().unwrap();
    assert_eq!(output.stdout, b"42\n");
}

#[tokio::test]
async fn what_is_missing_is_named_with_the_way_out() {
    let project = Project::new(&[("index.mjs", ""), ("Cargo.toml", "")]);
    let missing = project.build(&Build::Npm).await.0.unwrap_err().to_string();
    assert!(missing.ends_with("package.json`; run `npm init` there to make one"), "{missing}");
    let artifacts = Artifacts::open(project.state.path()).unwrap();
    let builder = Builder::new(artifacts, "/nowhere".into(), Arc::new(SystemClock::start()));
    let build = Build::Cargo { binary: "x".into() };
    let folder = project.source.path();
    let source = Source { folder, sources: folder, build: &build, interpreter: None };
    let missing = builder.build(source, &|_| {}).await.unwrap_err().to_string();
    assert_eq!(
        missing,
        "`build: cargo` needs `cargo`, which is not in PATH; install Rust from https://rustup.rs"
    );
    assert!(!Path::new("/nowhere").exists());
}
