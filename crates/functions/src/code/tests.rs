//! Staging folders, archives and layers.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;

use super::*;

fn stage(state: &Path) -> Stage {
    Stage::new(Artifacts::open(state).unwrap(), ArchiveLimits::default())
}

fn archive(folder: &Path, write: impl FnOnce(&mut zip::ZipWriter<File>)) -> PathBuf {
    let path = folder.join("code.zip");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    write(&mut zip);
    zip.finish().unwrap();
    path
}

fn add(zip: &mut zip::ZipWriter<File>, name: &str, mode: u32, content: &[u8]) {
    zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
    zip.write_all(content).unwrap();
}

/// Whether staging an archive with one entry of this name is refused.
fn check_refused(name: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), |zip| add(zip, name, 0o644, b"x"));
    let refused = stage(folder.path()).stage(&path).unwrap_err().to_string();
    assert!(refused.ends_with(expected), "{refused}");
    let left = fs::read_dir(folder.path().join("stage/zip")).unwrap().count();
    assert_eq!(left, 0, "nothing half-unpacked stays behind");
}

#[test]
fn a_folder_is_used_in_place_and_its_digest_follows_its_content() {
    let state = tempfile::tempdir().unwrap();
    let code = tempfile::tempdir().unwrap();
    fs::write(code.path().join("index.py"), "one").unwrap();
    let stage = stage(state.path());
    let first = stage.stage(code.path()).unwrap();
    assert_eq!(first.folder, fs::canonicalize(code.path()).unwrap());
    fs::create_dir(code.path().join("__pycache__")).unwrap();
    fs::write(code.path().join("__pycache__/index.pyc"), "x").unwrap();
    fs::write(code.path().join("debug.log"), "x").unwrap();
    assert_eq!(stage.stage(code.path()).unwrap(), first);
    fs::write(code.path().join("index.py"), "two").unwrap();
    let second = stage.stage(code.path()).unwrap();
    assert_ne!(second.digest, first.digest);
    fs::rename(code.path().join("index.py"), code.path().join("other.py")).unwrap();
    assert_ne!(stage.stage(code.path()).unwrap().digest, second.digest);
}

#[test]
fn chosen_files_are_a_copy_that_what_is_left_out_does_not_change() {
    let (state, code) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| {
        let path = code.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("src/index.py", "one");
    write("src/.hidden", "");
    write("tests/test_index.py", "one");
    write("tests/kept/data.json", "{}");
    write(".git/HEAD", "x");
    fs::set_permissions(code.path().join("src/index.py"), fs::Permissions::from_mode(0o755))
        .unwrap();
    std::os::unix::fs::symlink("src/index.py", code.path().join("link.py")).unwrap();
    let stage = stage(state.path());
    let patterns = FilePatterns::of(["!tests/**", "tests/kept/**", "!**/.hidden"]).unwrap();
    let chosen = || stage.chosen(code.path(), &patterns).unwrap();
    let first = chosen();
    assert!(first.folder.starts_with(state.path().join("stage/files")), "{first:?}");
    let there = |name: &str| fs::symlink_metadata(first.folder.join(name)).is_ok();
    assert!(["src/index.py", "link.py", "tests/kept/data.json"].into_iter().all(there));
    assert!(!["src/.hidden", "tests/test_index.py", ".git"].into_iter().any(there));
    let mode = fs::metadata(first.folder.join("src/index.py")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    write("tests/test_index.py", "two");
    write("tests/more/test_other.py", "");
    assert_eq!(chosen(), first);
    write("src/index.py", "two");
    assert_ne!(chosen().digest, first.digest);
    assert_eq!(fs::read(first.folder.join("src/index.py")).unwrap(), b"one", "a copy");
    let kept: BTreeSet<_> = first.kept.iter().map(|held| held.path().to_owned()).collect();
    assert_eq!(kept, BTreeSet::from([first.folder.clone()]), "it stays while it is used");
}

#[test]
fn an_archive_is_unpacked_once_with_its_modes() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), |zip| {
        add(zip, "bootstrap", 0o755, b"#!/bin/sh\n");
        add(zip, "lib/data", 0o600, b"x");
        zip.add_symlink("lib/link", "../bootstrap", SimpleFileOptions::default()).unwrap();
    });
    let stage = stage(folder.path());
    let staged = stage.stage(&path).unwrap();
    let mode =
        |name: &str| fs::metadata(staged.folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bootstrap"), mode("lib/data")), (0o755, 0o644));
    assert_eq!(fs::read(staged.folder.join("lib/link")).unwrap(), b"#!/bin/sh\n");
    assert_eq!(stage.stage(&path).unwrap(), staged);
}

#[test]
fn names_that_leave_the_archive_are_refused() {
    check_refused("../evil", "its entry `../evil` climbs out of the archive with `..`");
    check_refused("a/../../evil", "climbs out of the archive with `..`");
    check_refused("/etc/evil", "has an absolute path");
    check_refused("a\\..\\evil", "has a zero byte or a backslash in its name");
}

#[test]
fn links_that_leave_the_archive_are_refused() {
    for target in ["/etc/passwd", "../../etc", "a/../../.."] {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), |zip| {
            zip.add_symlink("lib/link", target, SimpleFileOptions::default()).unwrap();
        });
        let refused = stage(folder.path()).stage(&path).unwrap_err().to_string();
        assert!(
            refused.ends_with("`lib/link` is a symbolic link that leads out of the archive"),
            "{refused}"
        );
    }
}

#[test]
fn bombs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), |zip| {
        add(zip, "zeros", 0o644, &vec![0; 40 << 20]);
    });
    let refused = stage(folder.path()).stage(&path).unwrap_err();
    assert!(matches!(refused, StageError::TooLarge { .. }), "{refused}");
    let limits = ArchiveLimits { entries: 1, ..ArchiveLimits::default() };
    let path = archive(folder.path(), |zip| {
        add(zip, "a", 0o644, b"");
        add(zip, "b", 0o644, b"");
    });
    let refused = Stage::new(Artifacts::open(folder.path()).unwrap(), limits)
        .stage(&path)
        .unwrap_err()
        .to_string();
    assert!(refused.ends_with("its number of entries, 2, is more than the 1 allowed"), "{refused}");
}

#[test]
fn what_is_no_code_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path());
    let missing = stage.stage(&folder.path().join("nothing")).unwrap_err().to_string();
    assert!(missing.ends_with("does not exist; create it or correct `code`"), "{missing}");
    fs::write(folder.path().join("code.txt"), "x").unwrap();
    let kind = stage.stage(&folder.path().join("code.txt")).unwrap_err().to_string();
    assert!(kind.ends_with("is neither a folder nor a `.zip` or `.jar`"), "{kind}");
    fs::write(folder.path().join("code.zip"), "x").unwrap();
    assert!(matches!(
        stage.stage(&folder.path().join("code.zip")),
        Err(StageError::Archive { .. })
    ));
}

#[test]
fn later_layers_lie_over_earlier_ones() {
    let folder = tempfile::tempdir().unwrap();
    let layer = |name: &str, files: &[&str]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.join("python")).unwrap();
        for file in files {
            fs::write(path.join("python").join(file), name).unwrap();
        }
        path
    };
    let layers = [layer("one", &["a", "b"]), layer("two", &["b", "c"])];
    let stage = stage(folder.path());
    let merged = stage.layers(&layers).unwrap().unwrap();
    let read = |file: &str| fs::read_to_string(merged.folder.join("python").join(file)).unwrap();
    assert_eq!([read("a"), read("b"), read("c")], ["one", "two", "two"]);
    assert_eq!(
        stage.layers(&layers[..1]).unwrap().unwrap().folder,
        fs::canonicalize(&layers[0]).unwrap()
    );
    assert_eq!(stage.layers(&[]).unwrap(), None);
}

#[test]
fn inline_code_becomes_a_folder_with_the_module_that_lambda_puts_beside() {
    let state = tempfile::tempdir().unwrap();
    let stage = stage(state.path());
    let staged = |language, text: &str| {
        let code = model::InlineCode::new(language, text.to_owned()).unwrap();
        stage.code(&FunctionCode::Inline(code)).unwrap()
    };
    let first = staged(model::Language::Python, "x = 1");
    assert_eq!(fs::read_to_string(first.folder.join("index.py")).unwrap(), "x = 1");
    assert!(first.folder.join("cfnresponse.py").is_file());
    assert_eq!(staged(model::Language::Python, "x = 1"), first);
    assert_ne!(staged(model::Language::Python, "x = 2").digest, first.digest);
    let node = staged(model::Language::Node, "exports.x = 1");
    assert_eq!(fs::read_to_string(node.folder.join("index.js")).unwrap(), "exports.x = 1");
    assert!(node.folder.join("node_modules/cfn-response.js").is_file());
}

#[test]
fn what_is_packed_is_unpacked_as_it_was() {
    let state = tempfile::tempdir().unwrap();
    let code = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str, mode: u32| {
        let path = code.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    file("index.py", "handler", 0o644);
    file("bin/tool", "#!/bin/sh", 0o755);
    file("__pycache__/index.pyc", "x", 0o644);
    fs::create_dir(code.path().join("empty")).unwrap();
    std::os::unix::fs::symlink("bin/tool", code.path().join("tool")).unwrap();
    let zip = pack::pack(code.path()).unwrap();
    assert_eq!(zip, pack::pack(code.path()).unwrap());
    let path = state.path().join("packed.zip");
    fs::write(&path, &zip).unwrap();
    let stage = stage(state.path());
    let unpacked = stage.stage(&path).unwrap().folder;
    assert!(unpacked.join("empty").is_dir() && !unpacked.join("__pycache__").exists());
    let digest = |folder: &Path| stage.stage(folder).unwrap().digest;
    assert_eq!(digest(&unpacked), digest(code.path()));
}
