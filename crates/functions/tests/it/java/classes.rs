//! What the tests of Java run: classes, jars and layers, made by the JDK.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::platform::TestPlatform;

/// The classes of `tests/java`, with AWS's interfaces as a function's own jar brings them; compiled once.
pub(crate) fn app() -> &'static Path {
    static APP: OnceLock<PathBuf> = OnceLock::new();
    APP.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("java-app");
        // Classes of an earlier run may have no source any more.
        let _ = std::fs::remove_dir_all(&folder);
        compile("app", &folder);
        folder
    })
}

/// Compiles a folder of `tests/java` for Java 8.
pub(crate) fn compile(sources: &str, into: &Path) {
    compile_for("8", sources, into);
}

pub(super) fn compile_for(release: &str, sources: &str, into: &Path) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let others = ["bootstrap/java/shapes", "bootstrap/java/src", "tests/java"];
    let shapes = std::env::join_paths(others.map(|it| manifest.join(it))).expect("paths");
    let files = std::fs::read_dir(manifest.join("tests/java").join(sources)).expect("sources");
    let files = files.map(|file| file.expect("readable").path());
    let mut command = Command::new("javac");
    command.args(["--release", release, "-proc:none", "-Xlint:-options", "-d"]).arg(into);
    let out = command.arg("-sourcepath").arg(shapes).args(files).output();
    let out = out.expect("javac: run scripts/setup");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A jar of all classes in a folder.
pub(crate) fn jar(classes: &Path, jar: &Path) {
    std::fs::create_dir_all(jar.parent().expect("a parent")).expect("a folder");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(jar).expect("a file"));
    add(&mut writer, classes, classes);
    writer.finish().expect("a jar");
}

fn add(writer: &mut zip::ZipWriter<std::fs::File>, root: &Path, folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            add(writer, root, &path);
            continue;
        }
        let name = path.strip_prefix(root).expect("below").to_str().expect("text");
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("added");
        writer.write_all(&std::fs::read(&path).expect("readable")).expect("written");
    }
}

/// A layer with a jar.
pub(crate) fn layer(platform: &TestPlatform) -> PathBuf {
    let (classes, layer) =
        (platform.folder.path().join("word"), platform.folder.path().join("layer"));
    compile("layer", &classes);
    jar(&classes, &layer.join("java/lib/word.jar"));
    layer
}
