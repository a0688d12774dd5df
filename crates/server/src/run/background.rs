//! What runs beside the requests for as long as a server lives.

use std::sync::Arc;

use sandbox::Launcher;
use tokio::task::JoinHandle;

use crate::keys::keep_noting;
use crate::platform::Platform;
use crate::reload::{Following, follow};
use crate::{control, counts, launcher};

pub(super) struct Background(Vec<JoinHandle<()>>);

/// Runs inside a `LocalSet`; what can run elsewhere runs on the control runtime.
pub(super) fn start(
    platform: &Arc<Platform>,
    following: Following,
    launcher: Launcher,
) -> Background {
    let gateway = Arc::clone(&platform.core.gateway);
    let noting = keep_noting(Arc::clone(&platform.keys), Arc::clone(&platform.reporter));
    Background(vec![
        tokio::task::spawn_local(noting),
        tokio::task::spawn_local(follow(following, Arc::clone(platform))),
        tokio::task::spawn_local(launcher::keep(launcher, Arc::clone(platform))),
        tokio::task::spawn_local(control::tell_logs(Arc::clone(platform))),
        tokio::spawn(async move { gateway.watch().await }),
        tokio::spawn(counts::keep(Arc::clone(platform))),
    ])
}

impl Background {
    pub(super) fn end(self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}
