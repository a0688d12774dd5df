//! What runs beside the requests for as long as a server lives.

use std::sync::Arc;
use std::time::Duration;

use functions::artifacts::Reach;
use functions::logs::Follow;
use sandbox::Launcher;
use tokio::task::JoinHandle;

use crate::deployments::keep_trying;
use crate::event::Event;
use crate::keys::keep_noting;
use crate::platform::Platform;
use crate::reload::{Looked, follow};
use crate::trouble::Trouble;
use crate::{aside, control, counts, launcher, queues, sweep};

/// By then everything here has had its first turn, which takes more code than the turns after it.
const FIRST_TURNS: Duration = Duration::from_secs(2);

pub(super) struct Background(Vec<JoinHandle<()>>);

/// Runs inside a `LocalSet`; what can run elsewhere runs on the control runtime.
pub(super) fn start(
    platform: &Arc<Platform>,
    looked: Option<Looked>,
    logs: Option<Follow>,
    launcher: Launcher,
) -> Background {
    let gateway = Arc::clone(&platform.core.gateway);
    let noting = keep_noting(Arc::clone(&platform.keys), Arc::clone(&platform.reporter));
    let following = looked.map(|looked| aside::spawn(follow(looked, Arc::clone(platform))));
    let mut all = vec![
        aside::spawn(noting),
        aside::spawn(sweep::follow_calls(Arc::clone(platform))),
        aside::spawn(launcher::keep(launcher, Arc::clone(platform))),
        tokio::spawn(async move { gateway.watch().await }),
        tokio::spawn(forget_start()),
        tokio::spawn(counts::keep(Arc::clone(platform))),
        tokio::spawn(resume(Arc::clone(platform))),
        tokio::spawn(queues::keep_tidy(Arc::clone(platform))),
        tokio::spawn(Arc::clone(&platform.triggers).drive()),
    ];
    all.extend(following);
    match &platform.deployments {
        Some(deployments) => {
            platform.tidy_soon(deployments);
            all.push(aside::spawn(keep_trying(Arc::clone(platform), Arc::clone(deployments))));
        }
        None => {
            platform.sweep_soon(Reach::Everything);
            platform.check_syntax_soon();
        }
    }
    let telling = |logs| aside::spawn(control::tell_logs(logs, Arc::clone(platform)));
    all.extend(logs.map(telling));
    Background(all)
}

async fn forget_start() {
    sandbox::forget_start();
    tokio::time::sleep(FIRST_TURNS).await;
    sandbox::forget_start();
}

/// Functions may call this server's ports, which are open by now.
async fn resume(platform: Arc<Platform>) {
    if let Err(error) = platform.asynchronous.resume().await {
        let text = format!("asynchronous invocations from before wait: {error}");
        platform.report(&Event::from(Trouble::from(text)));
    }
}

impl Background {
    pub(super) fn end(self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}
