//! `tidegate deploy --watch`: every save becomes a revision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::{Clock, SystemClock};
use serde_json::Value;
use server::Saves;

use super::{Deploy, Source, Telling, bring};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// Deploys, and again after each save, until somebody ends it. What cannot be deployed is told, and what ran
/// before runs on.
pub(super) fn watch(command: &Deploy) -> Result<Exit, Failure> {
    // Without a server there is nothing to wait for.
    locate::daemon(&command.daemon)?;
    let manifest = locate::manifest(command.stack.dir.as_deref())?;
    let is_folder = manifest.is_dir();
    let folder = if is_folder { &*manifest } else { manifest.parent().unwrap_or(Path::new("/")) };
    let mut seen = Seen::default();
    client::block_on(async {
        let mut saves = Saves::below(folder).map_err(|it| Failure::failed(it.message))?;
        let mut telling = Telling::All;
        loop {
            // The conversation with the server has a runtime of its own.
            std::thread::scope(|scope| {
                let turn = scope.spawn(|| each(command, &mut seen, telling));
                turn.join().map_err(|_| Failure::failed("a deployment broke off"))
            })?;
            if telling == Telling::All {
                telling = Telling::Little;
                let folder = folder.display();
                let said =
                    format!("{folder}: every save is deployed from now on; Ctrl-C ends this");
                output::note_line(said);
            }
            saves.next().await.map_err(|it| Failure::failed(it.message))?;
        }
    })
}

/// What was brought last, by manifest.
#[derive(Default)]
struct Seen(BTreeMap<PathBuf, Value>);

fn each(command: &Deploy, seen: &mut Seen, telling: Telling) {
    let manifests = match Source::manifests(&command.stack) {
        Ok(manifests) => manifests,
        Err(failure) => return tell(failure),
    };
    for manifest in manifests {
        if let Err(failure) = again(command, &manifest, seen, telling) {
            // What comes after it may need it.
            return tell(failure);
        }
    }
}

fn again(
    command: &Deploy,
    manifest: &Path,
    seen: &mut Seen,
    telling: Telling,
) -> Result<(), Failure> {
    let clock = SystemClock::start();
    let began = clock.moment();
    let source = Source::of(manifest, &command.stack, &command.daemon)?;
    let request = source.request(&source.packed.listing.id());
    if seen.0.get(manifest) == Some(&request) {
        return Ok(());
    }
    let brought = bring(command, &source, telling)?;
    seen.0.insert(manifest.to_owned(), request);
    if telling == Telling::Little && !command.output.is_json() {
        let took = clock.moment().since(began).as_secs_f64();
        output::line(&format!("{} in {took:.1} s: {}", brought.line.trim_end(), brought.sent))?;
    }
    Ok(())
}

fn tell(failure: Failure) {
    let _ = failure.report();
}
