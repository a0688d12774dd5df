//! `sandbox: off`: a child process in a process group of its own.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::runtime::Handle;

use super::{Control, Ending, Exit, Program, Running, Wiring, signalled};

/// A child and what it started.
#[derive(Debug, Clone)]
pub(super) struct Group {
    leader: Pid,
    gone: Arc<AtomicBool>,
}

pub(super) fn start(
    program: &Program,
    wiring: Wiring,
    control: &Handle,
) -> Result<Running, String> {
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(wiring.variables)
        .current_dir(&program.directory)
        .stdin(wiring.stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(wiring.stdout)
        .stderr(wiring.stderr)
        .process_group(0);
    // The control runtime hears of the child's end.
    let _control = control.enter();
    let mut child = tokio::process::Command::from(command)
        .spawn()
        .map_err(|error| format!("could not start `{}`: {error}", program.path.display()))?;
    let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let leader = leader.ok_or("the process has no id")?;
    let group = Group { leader, gone: Arc::default() };
    let ending = Arc::<Ending>::default();
    let (watched, told) = (group.clone(), Arc::clone(&ending));
    control.spawn(async move {
        let status = child.wait().await;
        // What the child left behind is not left running.
        let _ = kill_process_group(watched.leader, Signal::KILL);
        watched.gone.store(true, Ordering::Release);
        told.end(Exit { reason: reason(status), out_of_memory: false });
    });
    Ok(Running { ending, control: Control::Plain(group) })
}

fn reason(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, signal) => signalled(signal.unwrap_or(0)),
        },
        Err(error) => error.to_string(),
    }
}

impl Group {
    pub(super) fn signal(&self, signal: i32) {
        let signal = Signal::from_named_raw(signal);
        if let (false, Some(signal)) = (self.gone.load(Ordering::Acquire), signal) {
            let _ = kill_process_group(self.leader, signal);
        }
    }

    pub(super) fn kill(&self) {
        self.signal(9);
    }

    pub(super) fn memory_peak(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.leader.as_raw_nonzero());
        let status = std::fs::read_to_string(path).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    }
}
