//! A server that is killed while it deploys.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::SystemTime;

use rustix::process::Signal;

use super::files;
use super::shop::Shop;
use crate::TestPlatform;
use crate::patience::until;
use crate::program::tidegate;

/// The instant of a deployment at which the server is killed.
#[derive(Debug, Clone, Copy)]
enum Instant {
    /// Before anything was sent.
    AtOnce,
    /// As soon as something new is below this folder of the state.
    New(&'static str),
    /// As soon as a line says all of this.
    Said(&'static [&'static str]),
    /// As soon as the store was written so often after everything had started.
    Kept(usize),
    /// After the answer.
    Answered,
}

const INSTANTS: [Instant; 15] = [
    Instant::AtOnce,
    Instant::New("deployed/pieces"),
    Instant::New("deployed/bundles"),
    Instant::New("deployed/code"),
    Instant::Said(&["\"event\":\"changes\""]),
    Instant::Said(&["installing Python dependencies"]),
    Instant::New("build/python"),
    Instant::Said(&["\"till\"", "\"starting\""]),
    Instant::Said(&["\"till\"", "\"serving\""]),
    Instant::Said(&["\"hello\"", "\"starting\""]),
    Instant::Said(&["\"hello\"", "\"started\""]),
    Instant::Kept(1),
    Instant::Kept(2),
    Instant::Kept(3),
    Instant::Answered,
];

#[test]
fn a_server_that_is_killed_while_it_deploys_has_all_of_one_stack() {
    let mut shop = Shop::serve();
    shop.write("0", "");
    shop.build();
    shop.deploy();
    let mut was = "0".to_owned();
    for (number, instant) in INSTANTS.into_iter().enumerate() {
        let next = (number + 1).to_string();
        change(&shop, &next);
        let ended = deploy_until(&shop, instant);
        shop = restarted(shop);
        let versions = shop.versions();
        let place = format!("{versions:?} after a kill at {instant:?}, {was} and {next}");
        assert_eq!(versions[0], versions[1], "a function and a route of one version: {place}");
        assert!(versions[0] == was || versions[0] == next, "{place}");
        assert!(!ended || versions[0] == next, "what was answered is there: {place}");
        let queues = shop.tidegate(&["queues", "--output", "json", "--state", "state"]).out;
        let has = |version: &str| queues.contains(&format!("jobs-{version}\""));
        assert!(versions[0] == "0" || has(&versions[0]), "{place}: {queues}");
        assert!(versions[0] == next || !has(&next), "{place}: {queues}");
        assert_no_part_is_left(&shop, &place);
        was.clone_from(&versions[0]);
    }
    shop.write("last", "");
    shop.deploy();
    assert_eq!(shop.versions(), ["last"; 2]);
}

/// A queue of its own for each version, code and dependencies that differ, and a process that is new.
fn change(shop: &Shop, version: &str) {
    shop.write(version, "");
    shop.build();
    shop.add("hello/requirements.txt", &format!("# of version {version}\n"));
    shop.add("hello/note.txt", version);
    shop.add("till/note.txt", version);
    shop.insert("name: shop\n", &format!("queues: {{ jobs-{version}: {{}} }}\n"));
}

/// Kills the server at an instant of a deployment. Gives whether that had been answered.
fn deploy_until(shop: &Shop, instant: Instant) -> bool {
    let state = shop.platform.path("state");
    let known = |folder: &str| files(&state.join(folder));
    let mut deploying = match instant {
        Instant::AtOnce => Deploying::begin(shop),
        Instant::New(folder) => {
            let before = known(folder);
            let mut deploying = Deploying::begin(shop);
            until("something new", || !known(folder).is_subset(&before) || deploying.has_ended());
            deploying
        }
        Instant::Said(texts) => Deploying::begin(shop).until_said(texts),
        Instant::Kept(times) => {
            let mut deploying = Deploying::begin(shop).until_said(&["\"hello\"", "\"started\""]);
            for _ in 0..times {
                let before = written(&state);
                until("a write", || written(&state) != before || deploying.has_ended());
            }
            deploying
        }
        Instant::Answered => Deploying::begin(shop).until_said(&[DONE]),
    };
    shop.platform.signal(Signal::KILL);
    deploying.end()
}

/// What the last line of a deployment says.
const DONE: &str = "\"event\":\"done\"";

/// When the store's log was written last, and how long it is.
fn written(state: &Path) -> Option<(SystemTime, u64)> {
    let log = std::fs::metadata(state.join("store.db-wal")).ok()?;
    Some((log.modified().ok()?, log.len()))
}

/// A command that deploys the shop.
struct Deploying {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    is_done: bool,
}

impl Deploying {
    fn begin(shop: &Shop) -> Self {
        let mut command = Command::new(tidegate());
        command.args(["deploy", "shop", "--output", "json"]).current_dir(shop.folder());
        command.env("TIDEGATE_STATE", "state").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("tidegate starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines, is_done: false }
    }

    fn until_said(mut self, texts: &[&str]) -> Self {
        let is_it = |line: &String| texts.iter().all(|text| line.contains(text));
        let said = self.lines.by_ref().map_while(Result::ok).find(is_it);
        assert!(said.is_some(), "it was never said: {texts:?}");
        self.is_done = texts == [DONE];
        self
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Whether it was answered that all is done.
    fn end(&mut self) -> bool {
        let rest = self.lines.by_ref().map_while(Result::ok);
        let is_done = self.is_done || rest.filter(|line| line.contains(DONE)).count() > 0;
        let _ = self.child.wait();
        is_done
    }
}

/// What a kill leaves half-made is gone after the restart.
fn assert_no_part_is_left(shop: &Shop, place: &str) {
    let state = shop.platform.path("state");
    let is_part = |path: &PathBuf| path.to_string_lossy().contains(".partial-");
    let folders = ["deployed", "build", "stage"].map(|folder| state.join(folder));
    until("no part is left", || {
        folders.iter().filter(|folder| folder.is_dir()).all(|it| !files(it).iter().any(is_part))
    });
    assert!(shop.tidegate(&["ls"]).out.contains("shop"), "{place}");
}

fn restarted(mut shop: Shop) -> Shop {
    assert!(!shop.platform.wait().success());
    shop.platform = TestPlatform::daemon(shop.folder(), &[]);
    shop
}
