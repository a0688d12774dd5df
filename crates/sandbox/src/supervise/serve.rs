//! The launcher's loop: requests from the server, news from keepers.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use model::SandboxMode;

use super::base;
use super::cgroup::{Cgroup, Cgroups, Controller};
use super::confine::Identity;
use super::entry::Entry;
use super::failure::{Failure, Step};
use super::filter::Filter;
use super::keeper::{self, Layers, Plan, Reports};
use super::paths::{HOST, Host};
use super::sys::{self, FORWARD, KILL_ALL, Reaped, Side};
use super::{ground, probe};
use crate::channel::{Channel, MAX_MESSAGE, Received};
use crate::message::{Event, Request, StartRequest};
use crate::{Access, Capabilities, Exit, ExitReason, Layer, Usage};

/// Descriptors that must survive the arranging of a program's own are numbered from here.
const CLEAR: i32 = 64;

pub(super) struct Supervisor {
    channel: Channel,
    host: Host,
    identity: Identity,
    filter: Option<Filter>,
    cgroups: Cgroups,
    capabilities: Capabilities,
    entries: HashMap<u64, Entry>,
}

impl Supervisor {
    /// Takes the socket, prepares the ground for sandboxes and introduces itself.
    pub(super) fn begin() -> Result<Self, Failure> {
        let channel = take_socket()?;
        sys::ignore_termination();
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        let is_plain = introduction_is_plain(&channel)?;
        let found = if is_plain { ground::plain() } else { ground::prepare() };
        let (filter, filter_status) = match Filter::compile() {
            Ok(filter) => (Some(filter), Ok(())),
            Err(reason) => (None, Err(reason)),
        };
        let cgroups = Cgroups::find(&found.host);
        let capabilities = probe::probe(
            &probe::Ground {
                host: &found.host,
                identity: found.identity,
                base: found.base,
                filter: filter_status,
                cgroups: &cgroups,
            },
            filter.as_ref(),
        );
        channel
            .send(&Event::Hello(capabilities.clone()).encode(), &[])
            .step(|| "introduce itself".into())?;
        let (host, identity) = (found.host, found.identity);
        Ok(Self { channel, host, identity, filter, cgroups, capabilities, entries: HashMap::new() })
    }

    /// Serves until the server closes the socket, by will or by death.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        let mut buffer = vec![0; MAX_MESSAGE];
        loop {
            let (has_request, ids) = self.wait()?;
            for id in ids {
                self.attend(id);
            }
            if !has_request {
                continue;
            }
            match self.channel.receive(&mut buffer) {
                Ok(Received::Message(length, files)) => {
                    self.answer(&buffer[..length], &files);
                    // It held secrets; no later fork may carry them.
                    buffer[..length].fill(0);
                }
                Ok(Received::Closed) | Err(_) => break,
            }
        }
        self.end_all();
        Ok(())
    }

    /// Waits for a request or for news of processes.
    fn wait(&self) -> Result<(bool, Vec<u64>), Failure> {
        let mut watched = vec![PollFd::new(&self.channel, PollFlags::IN)];
        let mut ids = Vec::with_capacity(self.entries.len() * 2);
        for entry in self.entries.values() {
            ids.push(entry.id);
            watched.push(PollFd::new(&entry.ended, PollFlags::IN));
            if let Some(starting) = &entry.starting {
                ids.push(entry.id);
                watched.push(PollFd::new(starting, PollFlags::IN));
            }
        }
        loop {
            match poll(&mut watched, None) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(errno).step(|| "wait for requests".into()),
            }
        }
        let has_request = !watched[0].revents().is_empty();
        let mut ready: Vec<u64> = watched[1..]
            .iter()
            .zip(ids)
            .filter(|(fd, _)| !fd.revents().is_empty())
            .map(|(_, id)| id)
            .collect();
        ready.dedup();
        Ok((has_request, ready))
    }

    fn answer(&mut self, message: &[u8], files: &[OwnedFd]) {
        match Request::decode(message) {
            Some(Request::Start(request)) => {
                let id = request.id;
                match self.start(&request, files) {
                    Ok(entry) => drop(self.entries.insert(id, entry)),
                    Err(failure) => self.report_failure(id, failure),
                }
            }
            Some(Request::Signal { id, signal }) => {
                if let Some(entry) = self.entries.get(&id) {
                    // A keeper that has just ended has nobody left to signal.
                    let _ = sys::queue_signal(entry.keeper, FORWARD, signal);
                }
            }
            Some(Request::Kill { id }) => {
                if let Some(entry) = self.entries.get(&id) {
                    kill(entry);
                }
            }
            None => eprintln!("the sandbox launcher was sent something unknown"),
        }
    }

    fn start(&self, request: &StartRequest<'_>, files: &[OwnedFd]) -> Result<Entry, Failure> {
        let layers = self.layers(request.mode);
        for folder in &request.binds {
            self.prepare_bind(folder, layers)?;
        }
        let cgroup = self.cgroups.create(request.id, &request.limits)?;
        let (starting, starting_end) = pipe()?;
        let (status, status_end) = pipe()?;
        let plan = Plan {
            host: &self.host,
            identity: self.identity,
            layers,
            filter: self.filter.as_ref(),
            request,
            files,
            cgroup_entrances: cgroup.entrances()?,
            bound_memory: !self.cgroups.limits(Controller::Memory),
            bound_processes: !self.cgroups.limits(Controller::Processes),
        };
        let keeper =
            match sys::fork_into(layers.namespaces()).step(|| "fork into new namespaces".into())? {
                Side::Child => {
                    keeper::run(plan, Reports { starting: starting_end, status: status_end })
                }
                Side::Parent(keeper) => keeper,
            };
        let ended = match pidfd_open(keeper, PidfdFlags::empty()) {
            Ok(ended) => ended,
            Err(errno) => {
                // Not yet reaped, so the pid is still its own.
                let _ = sys::send_signal(keeper.as_raw_nonzero().get(), libc::SIGKILL);
                let _ = sys::reap(keeper);
                return Err(errno).step(|| "watch its keeper".into());
            }
        };
        Ok(Entry {
            id: request.id,
            keeper,
            ended,
            starting: Some(starting),
            status,
            cgroup: Some(cgroup),
            has_pid_namespace: layers.pid,
            failed: false,
        })
    }

    fn prepare_bind(
        &self,
        folder: &crate::message::BindRequest<'_>,
        layers: Layers,
    ) -> Result<(), Failure> {
        let target = PathBuf::from(folder.target.to_string_lossy().as_ref());
        let source = || folder.source.to_string_lossy();
        if layers.mount {
            base::prepare_target(&self.host, folder.source, &target)
                .step(|| format!("show {} as {}", source(), target.display()))?;
        }
        let Some(owner) =
            self.identity.outer_uid().filter(|_| layers.user && folder.access == Access::ReadWrite)
        else {
            return Ok(());
        };
        let found = self.host.locate(folder.source).step(|| format!("find {}", source()))?;
        let (user, group) = (rustix::fs::Uid::from_raw(owner), rustix::fs::Gid::from_raw(owner));
        rustix::fs::chownat(&found, c"", Some(user), Some(group), rustix::fs::AtFlags::EMPTY_PATH)
            .step(|| format!("hand {} to user {owner}", source()))
    }

    /// What to apply: everything this machine has, or nothing when switched off.
    fn layers(&self, mode: SandboxMode) -> Layers {
        if mode == SandboxMode::Off {
            return Layers::NONE;
        }
        let has = |layer| self.capabilities.has(layer);
        let mount = has(Layer::MountNamespace);
        let pid = has(Layer::PidNamespace);
        Layers {
            user: has(Layer::UserNamespace),
            mount,
            pid,
            proc: mount && pid && has(Layer::Proc),
            ipc: has(Layer::IpcNamespace),
            uts: has(Layer::UtsNamespace),
            no_new_privileges: has(Layer::NoNewPrivileges),
            seccomp: has(Layer::Seccomp),
            landlock: has(Layer::Landlock),
        }
    }

    /// Something happened to a process.
    fn attend(&mut self, id: u64) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Some(mut starting) = entry.starting.take_if(|starting| is_readable(&*starting)) {
            let mut report = Vec::new();
            let outcome = starting.read_to_end(&mut report);
            match Failure::decode(&report).filter(|_| outcome.is_ok()) {
                Some(failure) => {
                    entry.failed = true;
                    self.report_failure(id, failure);
                }
                None => self.report_start(id),
            }
        }
        let Some(entry) = self.entries.get(&id) else { return };
        if entry.starting.is_none() && is_readable(&entry.ended) {
            self.finish(id);
        }
    }

    fn report_start(&self, id: u64) {
        let Some(entry) = self.entries.get(&id) else { return };
        let file = entry.cgroup.as_ref().and_then(Cgroup::memory_peak_file);
        let memory_peak_file = file.map(|file| match file.strip_prefix(HOST) {
            Ok(rest) => PathBuf::from("/").join(rest),
            Err(_) => file,
        });
        let pid = entry.keeper.as_raw_nonzero().get().cast_unsigned();
        self.report(&Event::Started { id, pid, memory_peak_file });
    }

    fn finish(&mut self, id: u64) {
        let Some(mut entry) = self.entries.remove(&id) else { return };
        let reaped = sys::reap(entry.keeper).unwrap_or_default();
        let mut status = [0; 4];
        let reported = entry.status.read_exact(&mut status).is_ok();
        let status = if reported { i32::from_ne_bytes(status) } else { reaped.status };
        let exit = exit_of(status, &reaped, entry.cgroup.as_ref());
        drop(entry.cgroup.take());
        if !entry.failed {
            self.report(&Event::Exited { id, exit });
        }
    }

    fn report_failure(&self, id: u64, failure: Failure) {
        self.report(&Event::Failed { id, step: failure.step, errno: failure.errno });
    }

    fn report(&self, event: &Event) {
        // A server that is gone shows as a closed socket at the next turn.
        let _ = self.channel.send(&event.encode(), &[]);
    }

    fn end_all(&mut self) {
        for entry in self.entries.values() {
            kill(entry);
        }
        for (_, entry) in self.entries.drain() {
            let _ = sys::reap(entry.keeper);
        }
    }
}

fn kill(entry: &Entry) {
    // It may have ended already.
    if entry.has_pid_namespace {
        let _ = pidfd_send_signal(&entry.ended, Signal::KILL);
    } else {
        let _ = sys::queue_signal(entry.keeper, KILL_ALL, 0);
    }
}

fn exit_of(status: i32, reaped: &Reaped, cgroup: Option<&Cgroup>) -> Exit {
    let reason = if libc::WIFSIGNALED(status) {
        ExitReason::Signal(libc::WTERMSIG(status))
    } else {
        ExitReason::Code(libc::WEXITSTATUS(status))
    };
    Exit {
        reason,
        out_of_memory: cgroup.is_some_and(Cgroup::has_run_out_of_memory),
        usage: Usage {
            memory_peak: cgroup.and_then(Cgroup::memory_peak).unwrap_or(reaped.peak_bytes),
            user_time: reaped.user,
            system_time: reaped.system,
        },
    }
}

/// Standard input becomes what it should be, so that no program can inherit the socket.
fn take_socket() -> Result<Channel, Failure> {
    let socket =
        rustix::io::fcntl_dupfd_cloexec(io::stdin(), CLEAR).step(|| "take its socket".into())?;
    let nothing = File::open("/dev/null").step(|| "open /dev/null".into())?;
    sys::duplicate_to(nothing.as_raw_fd(), 0).step(|| "replace its standard input".into())?;
    Ok(Channel::from_socket(socket))
}

fn introduction_is_plain(channel: &Channel) -> Result<bool, Failure> {
    let mut buffer = [0; 16];
    match channel
        .receive(&mut buffer)
        .step(|| "hear from the server; it is not meant to be run by hand".into())?
    {
        Received::Message(length, _) => Ok(buffer[..length] == *crate::message::PLAIN),
        Received::Closed => {
            Err(io::Error::from_raw_os_error(libc::ENOTCONN)).step(|| "hear from the server".into())
        }
    }
}

fn pipe() -> Result<(File, File), Failure> {
    let step = || "make a pipe".into();
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step(step)?;
    let write = rustix::io::fcntl_dupfd_cloexec(write, CLEAR).step(step)?;
    Ok((File::from(read), File::from(write)))
}

fn is_readable(file: &impl AsFd) -> bool {
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut watched = [PollFd::new(file, PollFlags::IN)];
    poll(&mut watched, Some(&now)).is_ok() && !watched[0].revents().is_empty()
}
