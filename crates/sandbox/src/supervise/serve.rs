//! The launcher's loop: requests from the server, news from keepers.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cgroup::Cgroup;
use super::entry::Entry;
use super::failure::{Failure, Step};
use super::ground;
use super::paths::HOST;
use super::stock::Stock;
use super::sys::{self, FORWARD, PLACE};
use super::workshop::Workshop;
use crate::channel::{Channel, MAX_MESSAGE, Received};
use crate::message::{Event, Request, StartRequest};

pub(super) struct Supervisor {
    channel: Channel,
    workshop: Workshop,
    stock: Stock,
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
        let (workshop, capabilities) = Workshop::open(found)?;
        channel
            .send(&Event::Hello(capabilities).encode(), &[])
            .step(|| "introduce itself".into())?;
        Ok(Self { channel, workshop, stock: Stock::default(), entries: HashMap::new() })
    }

    /// Serves until the server closes the socket, by will or by death.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        let outcome = self.serve();
        self.end_all();
        outcome
    }

    fn serve(&mut self) -> Result<(), Failure> {
        let mut buffer = vec![0; MAX_MESSAGE];
        loop {
            // While a program is starting the processors are its own; the stock can wait.
            let has_time = self.entries.values().all(|entry| entry.starting.is_none());
            let restock = has_time && self.stock.is_short();
            let (has_request, ids) = self.wait(restock)?;
            if !has_request && ids.is_empty() {
                self.stock.add(&mut self.workshop);
                continue;
            }
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
                Ok(Received::Closed) | Err(_) => return Ok(()),
            }
        }
    }

    /// Waits for a request or for news of processes; only looks when there is something else to do.
    fn wait(&self, is_busy: bool) -> Result<(bool, Vec<u64>), Failure> {
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
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        loop {
            match poll(&mut watched, is_busy.then_some(&now)) {
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
                if let Err(failure) = self.start(&request, message, files) {
                    self.report_failure(request.id, failure);
                }
            }
            Some(Request::Expect(expected)) => self.stock.expect(&self.workshop, &expected),
            Some(Request::Signal { id, signal }) => {
                if let Some(entry) = self.entries.get(&id) {
                    // A keeper that has just ended has nobody left to signal.
                    let _ = sys::queue_signal(entry.keeper, FORWARD, signal);
                }
            }
            Some(Request::Place { id, processor }) => {
                if let Some(entry) = self.entries.get(&id) {
                    let place = processor.map_or(0, |number| i32::from(number) + 1);
                    // A keeper that has just ended has no program left to place.
                    let _ = sys::queue_signal(entry.keeper, PLACE, place);
                }
            }
            Some(Request::Kill { id }) => {
                if let Some(entry) = self.entries.get(&id) {
                    entry.kill();
                }
            }
            None => eprintln!("the sandbox launcher was sent something unknown"),
        }
    }

    fn start(
        &mut self,
        request: &StartRequest<'_>,
        message: &[u8],
        files: &[OwnedFd],
    ) -> Result<(), Failure> {
        let prepared = self.stock.take(&mut self.workshop, request)?;
        let entry = self.workshop.hand_over(prepared, request, message, files)?;
        self.entries.insert(request.id, entry);
        Ok(())
    }

    /// Something happened to a process.
    fn attend(&mut self, id: u64) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Some(mut starting) = entry.starting.take_if(|starting| sys::is_readable(&*starting))
        {
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
        if entry.starting.is_none() && sys::is_readable(&entry.ended) {
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
        let exit = entry.exit(status, &reaped);
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
        self.stock.clear();
        for entry in self.entries.values() {
            entry.kill();
        }
        for (_, entry) in self.entries.drain() {
            // Its groups can be removed only once it is gone.
            let _ = sys::reap(entry.keeper);
        }
    }
}

/// Standard input becomes what it should be, so that no program can inherit the socket.
fn take_socket() -> Result<Channel, Failure> {
    let socket =
        rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3).step(|| "take its socket".into())?;
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
