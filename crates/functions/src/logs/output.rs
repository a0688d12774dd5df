//! Turns what a process prints into records.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use model::{Clock, FunctionName, FunctionVersion, RequestId};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::net::unix::pipe;

use super::record::{Line, LogStream, Record, Said, Speaker};
use super::{FunctionLog, lock};

/// CloudWatch's limit for one event; a longer line is cut into several records.
const MAX_LINE: usize = 256 * 1024;
/// Read at once before somebody else gets a turn.
const TURN: usize = 256 * 1024;
/// `X-Amz-Log-Type: Tail` returns the last 4 KB.
const TAIL: usize = 4 * 1024;

/// Standard output and error of one environment. The invocation's driver drains them when the
/// invocation ends, so that lines belong to the invocation that printed them; a task drains them
/// at any other time, so that a full pipe never blocks the process.
#[derive(Debug)]
pub(crate) struct Output {
    speaker: Speaker,
    function: FunctionName,
    log: Arc<FunctionLog>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pipes: [Pipe; 2],
    request_id: Option<RequestId>,
    tail: Option<Vec<u8>>,
    /// The process has printed something.
    has_printed: bool,
}

#[derive(Debug)]
struct Pipe {
    stream: LogStream,
    end: Arc<OwnedFd>,
    partial: Vec<u8>,
    ended: bool,
}

impl Output {
    /// `stdout` and `stderr` do not block.
    pub(crate) fn new(
        function: FunctionName,
        log: Arc<FunctionLog>,
        clock: Arc<dyn Clock>,
        pipes: [OwnedFd; 2],
    ) -> Self {
        Self::of(Speaker::Function, function, log, clock, pipes)
    }

    /// As [`Output::new`], of a managed process.
    pub(super) fn of_process(
        name: FunctionName,
        log: Arc<FunctionLog>,
        clock: Arc<dyn Clock>,
        pipes: [OwnedFd; 2],
    ) -> Self {
        Self::of(Speaker::Process, name, log, clock, pipes)
    }

    fn of(
        speaker: Speaker,
        function: FunctionName,
        log: Arc<FunctionLog>,
        clock: Arc<dyn Clock>,
        [stdout, stderr]: [OwnedFd; 2],
    ) -> Self {
        let pipe =
            |stream, end| Pipe { stream, end: Arc::new(end), partial: Vec::new(), ended: false };
        let pipes = [pipe(LogStream::Stdout, stdout), pipe(LogStream::Stderr, stderr)];
        let state = State { pipes, request_id: None, tail: None, has_printed: false };
        Self { speaker, function, log, clock, state: Mutex::new(state) }
    }

    /// Records what was printed so far.
    pub(crate) fn catch_up(&self) {
        self.drain(&mut lock(&self.state));
    }

    /// What is printed from now on belongs to this invocation.
    pub(crate) fn begin(&self, request_id: &RequestId, version: FunctionVersion, wants_tail: bool) {
        let mut state = lock(&self.state);
        // What a process that never prints has printed since is not worth looking for.
        if state.has_printed {
            self.drain(&mut state);
            self.finish_lines(&mut state);
        }
        state.request_id = Some(request_id.clone());
        state.tail = wants_tail.then(Vec::new);
        self.push(&mut state, Said::Start(version));
    }

    /// Records what the invocation printed and `said` after it; returns the tail if asked for.
    pub(crate) fn end(&self, said: impl IntoIterator<Item = Said>) -> Option<Vec<u8>> {
        let mut state = lock(&self.state);
        self.drain(&mut state);
        self.finish_lines(&mut state);
        for said in said {
            self.push(&mut state, said);
        }
        state.request_id = None;
        state.tail.take()
    }

    /// Drains until both pipes have ended. Runs on the control runtime.
    pub(crate) async fn keep_draining(self: Arc<Self>) {
        let [Some(stdout), Some(stderr)] = self.receivers() else { return };
        let receivers = [stdout, stderr];
        loop {
            let ended = lock(&self.state).pipes.each_ref().map(|pipe| pipe.ended);
            if ended == [true, true] {
                return;
            }
            let ready = tokio::select! {
                ready = receivers[0].readable(), if !ended[0] => ready,
                ready = receivers[1].readable(), if !ended[1] => ready,
            };
            if ready.is_err() {
                return;
            }
            self.drain_with(&mut lock(&self.state), |pipe, buffer| {
                receivers[pipe].try_read(buffer)
            });
            tokio::task::yield_now().await;
        }
    }

    /// The pipes again, registered with the runtime that calls this.
    fn receivers(&self) -> [Option<pipe::Receiver>; 2] {
        lock(&self.state).pipes.each_ref().map(|found| {
            let end = found.end.try_clone().ok()?;
            pipe::Receiver::from_owned_fd(end).ok()
        })
    }

    fn drain(&self, state: &mut State) {
        let ends = state.pipes.each_ref().map(|pipe| Arc::clone(&pipe.end));
        if are_silent(&ends) {
            return;
        }
        self.drain_with(state, |pipe, buffer| Ok(rustix::io::read(&*ends[pipe], buffer)?));
    }

    /// Reads what the pipes hold, up to one turn each.
    fn drain_with(&self, state: &mut State, read: impl Fn(usize, &mut [u8]) -> io::Result<usize>) {
        let mut buffer = [0; 8 * 1024];
        for index in 0..state.pipes.len() {
            let mut taken = 0;
            while !state.pipes[index].ended && taken < TURN {
                match read(index, &mut buffer) {
                    Ok(0) => state.pipes[index].ended = true,
                    Ok(count) => {
                        state.has_printed = true;
                        self.split(state, index, &buffer[..count]);
                        taken += count;
                        if count < buffer.len() {
                            break;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => state.pipes[index].ended = true,
                }
            }
            if state.pipes[index].ended && !state.pipes[index].partial.is_empty() {
                self.emit(state, index);
            }
        }
    }

    fn split(&self, state: &mut State, index: usize, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            state.pipes[index].partial.extend_from_slice(&bytes[..end]);
            self.emit(state, index);
            bytes = &bytes[end + 1..];
        }
        state.pipes[index].partial.extend_from_slice(bytes);
        if state.pipes[index].partial.len() >= MAX_LINE {
            self.emit(state, index);
        }
    }

    /// A line that nothing has ended by now belongs to whoever began it.
    fn finish_lines(&self, state: &mut State) {
        for index in 0..state.pipes.len() {
            if !state.pipes[index].partial.is_empty() {
                self.emit(state, index);
            }
        }
    }

    fn emit(&self, state: &mut State, index: usize) {
        let pipe = &mut state.pipes[index];
        let mut text = String::from_utf8_lossy(&pipe.partial).into_owned();
        if text.ends_with('\r') {
            text.pop();
        }
        pipe.partial.clear();
        // Lambda's clients print a trace as one record, with these between its lines.
        if text.contains('\r') {
            text = text.replace('\r', "\n");
        }
        let line = Line::new(pipe.stream, text);
        self.push(state, Said::Line(line));
    }

    fn push(&self, state: &mut State, said: Said) {
        let record = Record {
            time: self.clock.timestamp(),
            speaker: self.speaker,
            function: self.function.clone(),
            request_id: state.request_id.clone(),
            said,
        };
        if let Some(tail) = &mut state.tail {
            keep_tail(tail, &record.text());
        }
        self.log.push(record);
    }
}

/// Whether neither pipe has anything to read, nor has ended: after most invocations, one look is all.
fn are_silent(ends: &[Arc<OwnedFd>; 2]) -> bool {
    let mut looked_at = ends.each_ref().map(|end| PollFd::new(end, PollFlags::IN));
    // Reading finds out what is the matter.
    poll(&mut looked_at, Some(&Timespec::default())) == Ok(0)
}

fn keep_tail(tail: &mut Vec<u8>, line: &str) {
    tail.extend_from_slice(line.as_bytes());
    tail.push(b'\n');
    if tail.len() > TAIL {
        tail.drain(..tail.len() - TAIL);
    }
}
