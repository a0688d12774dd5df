//! The log of a managed process, which is kept, followed and read like a function's.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use model::{Clock, FunctionName, NameProblem, ProcessName};
use rustix::pipe::PipeFlags;

use super::{FunctionLog, Logs, Output, Record, Said, Speaker};

/// Where a process's lines, and what the platform says of it, go.
#[derive(Debug, Clone)]
pub struct ProcessLog {
    /// Functions and processes of a stack share one set of names.
    name: FunctionName,
    log: Arc<FunctionLog>,
    clock: Arc<dyn Clock>,
}

/// The ends of its standard output and error that a process is given.
#[derive(Debug)]
pub struct Mouth {
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
}

impl Logs {
    pub fn process(
        &self,
        name: &ProcessName,
        clock: Arc<dyn Clock>,
    ) -> Result<ProcessLog, NameProblem> {
        let name = FunctionName::parse(name.as_str())?;
        let log = self.of(&name);
        Ok(ProcessLog { name, log, clock })
    }
}

impl ProcessLog {
    /// Records the platform's own words.
    pub fn say(&self, text: String) {
        self.log.push(Record {
            time: self.clock.timestamp(),
            speaker: Speaker::Process,
            function: self.name.clone(),
            request_id: None,
            said: Said::Platform(text),
        });
    }

    /// Opens pipes and records what is printed into them until both end. Call it on the control
    /// runtime.
    pub fn listen(&self) -> io::Result<Mouth> {
        let pipe = || {
            let (ours, theirs) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(&ours, true)?;
            Ok::<_, io::Error>((ours, theirs))
        };
        let (out, stdout) = pipe()?;
        let (err, stderr) = pipe()?;
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        let output = Output::of_process(self.name.clone(), log, clock, [out, err]);
        tokio::spawn(Arc::new(output).keep_draining());
        Ok(Mouth { stdout, stderr })
    }
}
