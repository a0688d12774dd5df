//! The lives of a version: start, health, death, another start, and the end.

use std::sync::Arc;
use std::time::Duration;

use functions::logs::Said;
use model::ProcessName;
use sandbox::ExitReason;
use tokio::sync::oneshot;

use super::{Phase, Version};
use crate::processes::health::Check;
use crate::processes::prepare::Plan;
use crate::processes::restart::Deaths;

const SIGTERM: i32 = 15;
/// Lines of output that explain why a process did not come to serve.
const LAST_WORDS: usize = 5;

/// Why a life is over.
enum End {
    Asked,
    Died(String),
}

impl Version {
    pub(super) async fn keep(self: Arc<Self>, tell: oneshot::Sender<Result<(), String>>) {
        self.live_on(tell).await;
        self.life().pid = None;
        self.kept().clear();
        self.ended.send_replace(true);
    }

    async fn live_on(&self, tell: oneshot::Sender<Result<(), String>>) {
        let mut first = Some(tell);
        let mut deaths = Deaths::default();
        loop {
            let born = self.ground.clock.moment();
            let End::Died(reason) = self.live(&mut first).await else { return };
            let lived = self.ground.clock.moment().since(born);
            if let Some(first) = first.take() {
                // Nobody waits for a start that was given up.
                let _ = first.send(Err(self.with_last_words(&reason)));
                return;
            }
            let pause = deaths.pause(lived, &self.plan.process.restart);
            self.say(format!("{reason}; it starts again {}", after(pause)));
            {
                let mut life = self.life();
                life.phase = Phase::Waiting;
                life.pid = None;
                life.last_end = Some(reason);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.asked() => return,
            }
            let mut life = self.life();
            life.phase = Phase::Starting;
            life.restarts += 1;
        }
    }

    /// From the start to the end of one operating system process.
    async fn live(&self, first: &mut Option<oneshot::Sender<Result<(), String>>>) -> End {
        let process = match self.spawn().await {
            Ok(process) => process,
            Err(reason) => return End::Died(reason),
        };
        self.life().pid = Some(process.pid());
        let Plan { process: settings, question, .. } = &self.plan;
        let check = Check { port: self.port(), question, health: &settings.health };
        let patience = self.plan.process.start_timeout;
        tokio::select! {
            () = check.served() => {}
            end = died(&process) => return end,
            () = tokio::time::sleep(patience) => {
                kill(&process).await;
                return End::Died(format!("it did not serve on port {} within {patience:?}", self.port()));
            }
            () = self.asked() => return self.end(&process).await,
        }
        self.life().phase = Phase::Serving;
        self.say(format!("it serves on port {}", self.port()));
        if let Some(first) = first.take() {
            let _ = first.send(Ok(()));
        }
        tokio::select! {
            end = died(&process) => end,
            () = check.failed() => {
                kill(&process).await;
                End::Died("it failed its health check and was killed".to_owned())
            }
            () = self.asked() => self.end(&process).await,
        }
    }

    async fn spawn(&self) -> Result<sandbox::Process, String> {
        let mut spec = self.plan.spec(self.port());
        let mouth = self.log.listen().map_err(|error| format!("no pipes: {error}"))?;
        spec.stdin = self.plan.stdin().map_err(|error| format!("no pipes: {error}"))?;
        spec.stdout = Some(mouth.stdout);
        spec.stderr = Some(mouth.stderr);
        self.ground.launcher.spawn(spec).await.map_err(|error| error.to_string())
    }

    async fn asked(&self) {
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// SIGTERM, time to finish, and then the end in any case.
    async fn end(&self, process: &sandbox::Process) -> End {
        self.life().phase = Phase::Stopping;
        process.signal(SIGTERM);
        let patience = self.plan.process.stop_timeout;
        if tokio::time::timeout(patience, process.exited()).await.is_err() {
            self.say(format!("it did not end within {patience:?} after SIGTERM and was killed"));
            kill(process).await;
        }
        End::Asked
    }

    fn say(&self, text: String) {
        self.log.say(text);
    }

    fn with_last_words(&self, reason: &str) -> String {
        let name = functions_name(&self.plan.process.name);
        let recent = name.map(|name| self.ground.logs.recent(Some(&name), LAST_WORDS));
        let mut text = reason.to_owned();
        for record in recent.iter().flatten() {
            if let Said::Line(line) = &record.said {
                text.push_str("\n  ");
                text.push_str(&line.text);
            }
        }
        text
    }
}

/// Logs go by one set of names.
fn functions_name(name: &ProcessName) -> Option<model::FunctionName> {
    model::FunctionName::parse(name.as_str()).ok()
}

async fn died(process: &sandbox::Process) -> End {
    let exit = process.exited().await;
    let reason = match exit.reason {
        _ if exit.out_of_memory => "it ran out of memory and was killed".to_owned(),
        ExitReason::Code(code) => format!("it ended with status {code}"),
        ExitReason::Signal(signal) => format!("it was ended by signal {signal}"),
        ExitReason::LauncherLost => "the sandbox launcher died and took it along".to_owned(),
    };
    End::Died(reason)
}

async fn kill(process: &sandbox::Process) {
    process.kill();
    process.exited().await;
}

fn after(pause: Duration) -> String {
    if pause.is_zero() { "at once".to_owned() } else { format!("after {pause:?}") }
}
