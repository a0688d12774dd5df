//! What stays, and what goes.

use std::collections::BTreeSet;

use super::sweep::leaving;
use super::*;

use Reach::{Everything, Stages};

fn state() -> (tempfile::TempDir, Arc<Artifacts>) {
    let folder = tempfile::tempdir().expect("a folder");
    let artifacts = Artifacts::open(folder.path()).expect("opened");
    (folder, artifacts)
}

impl Artifacts {
    fn make(&self, name: &str) -> PathBuf {
        let path = self.folder(name);
        fs::create_dir_all(path.join("inside")).expect("made");
        path
    }

    fn sweep(self: &Arc<Self>, named: &[&Path]) -> usize {
        self.sweep_in(Everything, named)
    }

    fn sweep_in(self: &Arc<Self>, reach: Reach, named: &[&Path]) -> usize {
        let sweep = self.begin_sweep(reach).expect("begun").expect("nobody else is there");
        let named = named.iter().map(|path| path.to_path_buf()).collect();
        sweep.finish(&named).and_then(Leaving::remove).expect("swept")
    }

    fn left(&self) -> BTreeSet<PathBuf> {
        self.all().expect("listed").into_iter().collect()
    }
}

#[test]
fn what_nobody_uses_and_nothing_names_leaves() {
    let check = |unused: &[&str], named: &[&str], expected: &[&str]| {
        let unused = unused.iter().map(PathBuf::from).collect();
        let named = named.iter().map(PathBuf::from).collect();
        let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(leaving(unused, &named), expected);
    };
    check(&[], &["/s/code/a"], &[]);
    check(&["/s/code/a", "/s/code/b"], &[], &["/s/code/a", "/s/code/b"]);
    check(&["/s/code/a", "/s/code/b"], &["/s/code/b"], &["/s/code/a"]);
    check(&["/s/code/.partial-1", "/s/code/b"], &[], &["/s/code/b"]);
}

#[test]
fn what_is_held_or_named_stays() {
    let (_folder, artifacts) = state();
    let held = artifacts.hold(artifacts.make("build/python/held"));
    let named = artifacts.make("stage/frozen/named");
    artifacts.make("stage/inline/neither");
    assert_eq!(artifacts.sweep(&[&named.join("inside")]), 1);
    assert_eq!(artifacts.left(), BTreeSet::from([held.path().to_owned(), named.clone()]));
    let again = held.clone();
    drop(held);
    assert_eq!(artifacts.sweep(&[&named]), 0, "a copy holds it, too");
    drop(again);
    assert_eq!(artifacts.sweep(&[&named]), 1);
    assert_eq!(artifacts.left(), BTreeSet::from([named]));
}

#[test]
fn what_comes_during_a_sweep_stays() {
    let (_folder, artifacts) = state();
    let old = artifacts.make("code/old.zip");
    let sweep = artifacts.begin_sweep(Everything).expect("begun").expect("nobody else is there");
    assert!(artifacts.begin_sweep(Everything).expect("looked").is_none(), "one at a time");
    // Somebody sends what is there already, has it named after the sweep has looked, and lets it go.
    drop(artifacts.hold(old.clone()));
    let new = artifacts.make("code/new.zip");
    assert_eq!(sweep.finish(&BTreeSet::new()).and_then(Leaving::remove).expect("swept"), 0);
    assert_eq!(artifacts.left(), BTreeSet::from([old, new]));
    assert_eq!(artifacts.sweep(&[]), 2, "the next one does not remember that");
}

#[test]
fn nothing_goes_while_a_guest_is_there() {
    let (folder, artifacts) = state();
    artifacts.make("build/npm/guest");
    artifacts.make("build/npm/.partial-0");
    let guest = Guest::enter(folder.path()).expect("entered");
    assert!(artifacts.begin_sweep(Everything).expect("looked").is_none());
    let beside = Artifacts::open(folder.path()).expect("opened");
    assert_eq!(beside.left().len(), 2, "what the guest is making stays, too");
    drop(guest);
    assert_eq!(artifacts.sweep(&[]), 1);
}

#[test]
fn builds_outlive_a_sweep_of_stages() {
    let (_folder, artifacts) = state();
    let built = artifacts.make("build/libraries/boto3");
    artifacts.make("stage/inline/old");
    assert_eq!(artifacts.sweep_in(Stages, &[]), 1);
    assert_eq!(artifacts.left(), BTreeSet::from([built]));
}

#[test]
fn what_has_lost_its_name_is_made_again_beside_it() {
    let (folder, artifacts) = state();
    let old = artifacts.make("stage/zip/old");
    let sweep = artifacts.begin_sweep(Everything).expect("begun").expect("nobody else is there");
    let leaving = sweep.finish(&BTreeSet::new()).expect("swept");
    artifacts.make("stage/zip/old");
    // A kill before it was removed, and the next start.
    let again = Artifacts::open(folder.path()).expect("opened");
    assert_eq!(again.left(), BTreeSet::from([old]));
    assert!(leaving.remove().is_err(), "it is gone already");
}

#[test]
fn what_a_kill_left_goes_at_the_next_start() {
    let (folder, artifacts) = state();
    let whole = artifacts.make("build/cargo/whole");
    artifacts.make("stage/zip/.partial-0");
    let again = Artifacts::open(folder.path()).expect("opened");
    assert_eq!(again.left(), BTreeSet::from([whole]));
}

#[test]
fn an_artifact_is_known_by_what_lies_in_it() {
    let (folder, artifacts) = state();
    let state = folder.path();
    let check = |path: PathBuf, expected: Option<&str>| {
        assert_eq!(artifacts.of(&path), expected.map(|it| state.join(it)), "{path:?}");
    };
    check(state.join("build/python/a/python/x.py"), Some("build/python/a"));
    check(state.join("code/a.zip"), Some("code/a.zip"));
    check(state.join("code"), None);
    check(state.join("deployed/code/a"), None);
    check("/elsewhere/code/a".into(), None);
    let below = |path| below_state(Path::new(path)).and_then(Path::to_str);
    assert_eq!(below("/old/code/state/stage/zip/a"), Some("stage/zip/a"));
    assert_eq!(below("/old/code/b"), Some("code/b"));
    assert_eq!(below("/old/code/b/c"), None);
    let link = tempfile::tempdir().expect("a folder");
    let link = link.path().join("link");
    std::os::unix::fs::symlink(state, &link).expect("linked");
    let linked = Artifacts::open(&link).expect("opened");
    assert_eq!(linked.of(&state.join("code/a")), Some(link.join("code/a")));
}
