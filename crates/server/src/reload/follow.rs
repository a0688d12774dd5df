//! Reloads when somebody saves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use functions::artifacts::Reach;
use model::Stack;
use stack::change_set::{Kind, Resource};
use tokio::task::JoinHandle;

use super::fingerprint::{Fingerprint, Fingerprints, folders, is_ignored, parts};
use super::watch::{Unwatched, Watch};
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// What the stack's folders hold at one moment.
#[derive(Debug, Default)]
struct Look {
    fingerprint: Fingerprint,
    /// To be watched.
    folders: BTreeSet<PathBuf>,
    /// What there is in and below the manifest's folder. What a manifest names and does not exist
    /// yet appears here.
    near: BTreeSet<PathBuf>,
}

/// Hears of saves from now on. Begun before the code is read, so that a save during a long build is not
/// lost.
pub(crate) struct Following {
    watch: Result<Watch, String>,
    unwatched: Vec<Unwatched>,
    first: JoinHandle<(Look, Fingerprints)>,
}

/// The same, when it knows what there was at the beginning.
pub(crate) struct Looked {
    watch: Result<Watch, String>,
    unwatched: Vec<Unwatched>,
    first: Look,
    fingerprints: Fingerprints,
}

impl Following {
    /// Inside a runtime.
    pub(crate) fn begin(stack: &Stack) -> Self {
        let mut near = Look { folders: folders(stack), ..Look::default() };
        near.add_surroundings(stack);
        let (watch, unwatched) = match Watch::new() {
            Ok(mut watch) => {
                let unwatched = watch.cover(near.folders);
                (Ok(watch), unwatched)
            }
            Err(error) => (Err(error.to_string()), Vec::new()),
        };
        let stack = Arc::new(stack.clone());
        let first = tokio::task::spawn_blocking(move || {
            let mut fingerprints = Fingerprints::default();
            (look_now(&[Arc::clone(&stack), stack], &mut fingerprints), fingerprints)
        });
        Self { watch, unwatched, first }
    }

    /// To be awaited before anybody is told that the server is ready: what is saved from then on must
    /// differ from what was seen here.
    pub(crate) async fn looked(self) -> Looked {
        let Self { watch, unwatched, first } = self;
        let (first, fingerprints) = first.await.unwrap_or_default();
        Looked { watch, unwatched, first, fingerprints }
    }
}

/// Follows the stack's files until the server stops.
pub(crate) async fn follow(looked: Looked, platform: Arc<Platform>) {
    let Looked { watch, mut unwatched, first, mut fingerprints } = looked;
    let mut watch = match watch {
        Ok(watch) => watch,
        Err(reason) => return cannot_follow(&platform, &reason),
    };
    if let Some(Unwatched { reason, .. }) = unwatched.first() {
        cannot_follow(&platform, reason);
    }
    // What was saved while the server read it may be part of this fingerprint already.
    let mut missed = watch.was_written();
    let (mut seen, mut near, mut failed) = (first.fingerprint, first.near, false);
    loop {
        if !missed {
            watch.written().await;
        }
        let now = look(&platform, &mut fingerprints).await;
        let appeared = failed && now.near != near;
        if now.fingerprint == seen && !appeared && !missed {
            continue;
        }
        missed = false;
        // What the manifest asks for now is looked at and watched before it is made real, so that a
        // save in the meantime is a change.
        platform.note_wanted().await;
        let read = look(&platform, &mut fingerprints).await;
        let saved = saved(&platform.stack.load(), &seen, &read.fingerprint);
        (seen, near) = (read.fingerprint, read.near);
        let before = std::mem::replace(&mut unwatched, watch.cover(read.folders));
        let reloaded = platform.reload(&saved).await;
        // Whoever takes an import away may soon put it back.
        platform.sweep_soon(Reach::Stages);
        failed = reloaded.is_err();
        // What changed was started before it took over.
        let is_new = |it: &Resource| matches!(it.kind, Kind::Function);
        if reloaded.is_ok_and(|reloaded| reloaded.changes.added.iter().any(is_new)) {
            platform.check_syntax_soon();
        }
        // What was part of the stack before and is no longer is not looked at again.
        let parts = [parts(&platform.stack.load()), parts(&platform.wanted.load())].concat();
        seen.retain(|path, _| parts.iter().any(|part| path.starts_with(part)));
        let fresh = unwatched.iter().find(|folder| !before.contains(folder));
        if let Some(Unwatched { reason, .. }) = fresh {
            cannot_follow(&platform, reason);
        }
    }
}

/// Functions and processes of which a file has changed, come or gone.
fn saved(stack: &Stack, before: &Fingerprint, now: &Fingerprint) -> Vec<String> {
    let differs = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let changed: Vec<&PathBuf> = before.keys().chain(now.keys()).filter(differs).collect();
    let touched = stack.functions.values().filter(|function| {
        let is_layers = |path: &Path| function.layers.iter().any(|layer| path.starts_with(layer));
        let is_own = |path: &Path| {
            let inside = function.code.path().and_then(|code| path.strip_prefix(code).ok());
            inside.is_some_and(|file| function.files.includes(file))
        };
        changed.iter().any(|path| is_layers(path) || is_own(path))
    });
    let functions = touched.map(|function| format!("function {}", function.name));
    let has_changed = |code: &Path| changed.iter().any(|path| path.starts_with(code));
    let touched = stack.processes.values().filter(|process| has_changed(&process.code));
    functions.chain(touched.map(|process| format!("process {}", process.name))).collect()
}

fn cannot_follow(platform: &Platform, reason: &str) {
    let message = format!("saves do not reload: {reason}; `tidegate doctor` may know why");
    platform.report(&Event::from(Trouble::from(message)));
}

/// Reads files of what runs, and of what was asked for and may need a repair, off the thread that serves the admin port.
async fn look(platform: &Platform, fingerprints: &mut Fingerprints) -> Look {
    let stacks = [platform.stack.load_full(), platform.wanted.load_full()];
    let mut taken = std::mem::take(fingerprints);
    let looked = tokio::task::spawn_blocking(move || {
        let look = look_now(&stacks, &mut taken);
        (look, taken)
    });
    let Ok((look, taken)) = looked.await else { return Look::default() };
    *fingerprints = taken;
    look
}

fn look_now(stacks: &[Arc<Stack>; 2], fingerprints: &mut Fingerprints) -> Look {
    let mut look = Look::default();
    look.fingerprint = fingerprints.take(stacks, &mut look.folders);
    // Both are of the same manifest.
    look.add_surroundings(&stacks[0]);
    look
}

impl Look {
    fn add_surroundings(&mut self, stack: &Stack) {
        let Some(home) = stack.manifest.parent() else { return };
        self.folders.insert(home.to_owned());
        for folder in folders_in(home, &mut self.near) {
            folders_in(&folder, &mut self.near);
            self.folders.insert(folder);
        }
    }
}

/// Notes what is in a folder and gives the folders among it.
fn folders_in(folder: &Path, near: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_ignored(&entry.file_name()) {
            continue;
        }
        near.insert(entry.path());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_appears_two_folders_deep_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("functions/hello")).unwrap();
        std::fs::create_dir_all(home.path().join(".git/objects")).unwrap();
        let mut near = BTreeSet::new();
        for folder in folders_in(home.path(), &mut near) {
            folders_in(&folder, &mut near);
        }
        let expected = ["functions", "functions/hello"].map(|path| home.path().join(path));
        assert_eq!(near, BTreeSet::from(expected));
    }
}
