//! Keeps a launcher running: without one, no execution environment starts.

use std::sync::Arc;

use model::SandboxMode;
use sandbox::Launcher;

use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// What isolates functions on this machine, in one line.
pub(crate) fn describe(launcher: &Launcher) -> String {
    let capabilities = launcher.capabilities();
    let missing = capabilities.check(SandboxMode::BestEffort).unwrap_or_default();
    if missing.is_empty() {
        return "complete".to_owned();
    }
    let missing: Vec<String> = missing
        .iter()
        .map(|missing| {
            format!("{} {}", if missing.weaker { "weaker" } else { "no" }, missing.layer)
        })
        .collect();
    format!("{} (`tidegate doctor` says why)", missing.join(", "))
}

/// Starts the launcher again whenever it dies. Ends when that is impossible.
pub(crate) async fn keep(launcher: Launcher, platform: Arc<Platform>) {
    loop {
        launcher.lost().await;
        let lost = "the sandbox launcher died and every execution environment with it";
        let (text, again) = match launcher.restart() {
            Ok(()) => (format!("{lost}; a new one is running"), true),
            Err(error) => {
                (format!("{lost}; {error}; functions cannot run, restart the server"), false)
            }
        };
        platform.report(&Event::from(Trouble::from(text)));
        if !again {
            return;
        }
    }
}
