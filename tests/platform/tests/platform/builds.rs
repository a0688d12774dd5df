//! Programs that tests build and share: examples' services, functions on AWS's runtime, classes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::platform::{self, File};
use crate::program::repository;

/// The release folder of a workspace, built. Cargo lets one build at a time into a target folder,
/// and a second one finds it done.
pub(crate) fn release(manifest: &Path, name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--locked", "--bins", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{} does not build", manifest.display());
    target.join("release")
}

/// Puts a copy of a program where tests that run at the same time put it, too: each finds a whole
/// one there at every instant. `cp` writes it: a file that this process has open for writing is
/// inherited by whatever another test starts in that instant, and then can't be executed.
pub(crate) fn place(program: &Path, at: &Path) {
    let folder = at.parent().expect("a folder");
    std::fs::create_dir_all(folder).expect("a folder");
    // Not in the folder itself: it may be being copied.
    let aside = tempfile::tempdir_in(folder.parent().expect("one")).expect("a folder");
    let whole = aside.path().join("program");
    let copied = Command::new("cp").arg(program).arg(&whole).status().expect("cp runs");
    assert!(copied.success(), "{} is not copied", program.display());
    std::fs::rename(whole, at).expect("in place");
}

/// Compiles Java sources, and AWS's interfaces as a function's own jar brings them, for Java 8.
pub(crate) fn classes(sources: &[File<'_>], into: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), sources);
    let shapes = repository().join("crates/functions/bootstrap/java/shapes");
    let out = Command::new("javac")
        .args(["--release", "8", "-g", "-proc:none", "-Xlint:-options", "-sourcepath"])
        .arg(shapes)
        .arg("-d")
        .arg(into)
        .args(sources.iter().map(|(path, _)| folder.path().join(path)))
        .output()
        .expect("run `scripts/setup` first: it installs javac");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn many_place_a_program_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("code/bootstrap");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    place(Path::new("/bin/true"), &at);
                    assert!(Command::new(&at).status().is_ok_and(|status| status.success()));
                }
            });
        }
    });
    let left = at.parent().expect("a folder").read_dir().expect("readable");
    assert_eq!(left.count(), 1, "nothing is left beside it");
}
