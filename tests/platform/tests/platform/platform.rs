//! A running server on a stack of its own, and the proof that it leaves nothing behind.

pub(crate) mod descendants;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::{self, Answer, Connection, PATIENCE};
use crate::program::{self, tidegate};
use descendants::Descendants;

/// A server on a stack in a temporary folder. Dropping it stops the server and fails the test if
/// the server does not end well or one of its processes survives it.
#[derive(Debug)]
pub(crate) struct TestPlatform {
    folder: Folder,
    child: Child,
    events: Receiver<Value>,
    pub(crate) api: String,
    pub(crate) admin: String,
    pub(crate) aws: String,
    ended: bool,
}

#[derive(Debug)]
enum Folder {
    /// Removed with the platform.
    Own(TempDir),
    Borrowed(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Borrowed(folder) => folder,
        }
    }
}

/// How long compiling an example, or installing what it needs, may take before it counts as stuck.
const BUILD_PATIENCE: Duration = Duration::from_mins(20);

/// A file of a stack: its path and text.
pub(crate) type File<'a> = (&'a str, &'a str);

impl TestPlatform {
    /// Writes `files` into a folder and serves them. `tidegate.yaml` is one of them.
    pub(crate) fn start(files: &[File<'_>]) -> Self {
        Self::start_with(files, &[])
    }

    pub(crate) fn start_with(files: &[File<'_>], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), files);
        Self::serve(Folder::Own(folder), arguments)
    }

    /// The same, with one of the files a program.
    pub(crate) fn start_executable(files: &[File<'_>], program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), files);
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path().join(program), all).expect("a program");
        Self::serve(Folder::Own(folder), &[])
    }

    /// The same in a folder that holds something already, and is removed with the platform.
    pub(crate) fn start_in(folder: TempDir, files: &[File<'_>], arguments: &[&str]) -> Self {
        write(folder.path(), files);
        Self::serve(Folder::Own(folder), arguments)
    }

    /// The same, with a variable in the server's environment.
    pub(crate) fn start_with_variable(
        files: &[File<'_>],
        arguments: &[&str],
        variable: (&str, &str),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), files);
        let mut command = up(folder.path(), arguments);
        command.env(variable.0, variable.1);
        Self::begin(Folder::Own(folder), command, PATIENCE)
    }

    /// Serves a folder that somebody else owns.
    pub(crate) fn serve_folder(folder: &Path) -> Self {
        Self::serve(Folder::Borrowed(folder.to_owned()), &[])
    }

    /// The same, with Rust functions built in a folder that outlives the test.
    pub(crate) fn serve_folder_with(folder: &Path, arguments: &[&str], target: &Path) -> Self {
        let mut command = up(folder, arguments);
        command.env("CARGO_TARGET_DIR", target);
        Self::begin(Folder::Borrowed(folder.to_owned()), command, BUILD_PATIENCE)
    }

    /// Serves a source in a folder that somebody else owns, with variables in the server's environment.
    pub(crate) fn serve_source(
        source: &Path,
        state: &Path,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let mut command = up(source, arguments);
        command.arg("--state").arg(state).envs(variables.iter().map(|(name, value)| (name, value)));
        Self::begin(Folder::Borrowed(state.to_owned()), command, BUILD_PATIENCE)
    }

    /// A server that stacks are deployed to, with everything it keeps in `state` in this folder.
    pub(crate) fn daemon(folder: &Path, arguments: &[&str]) -> Self {
        Self::daemon_where(folder, arguments, &[])
    }

    /// The same, with variables in the server's environment.
    pub(crate) fn daemon_where(
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let mut command = Command::new(tidegate());
        command.arg("serve").arg("--state").arg(folder.join("state")).args(LISTENING);
        command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self::begin(Folder::Borrowed(folder.to_owned()), command, PATIENCE)
    }

    fn serve(folder: Folder, arguments: &[&str]) -> Self {
        let command = up(folder.path(), arguments);
        Self::begin(folder, command, PATIENCE)
    }

    fn begin(folder: Folder, mut command: Command, patience: Duration) -> Self {
        let mut child = command.spawn().expect("tidegate starts");
        let (sender, events) = channel();
        let out = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        let mut platform = Self {
            folder,
            child,
            events,
            api: String::new(),
            admin: String::new(),
            aws: String::new(),
            ended: false,
        };
        let ready = platform.events.recv_timeout(patience).expect("an event");
        assert_eq!(ready["event"], "ready", "{ready}");
        let url = |name: &str| ready[name].as_str().expect("a URL").to_owned();
        (platform.api, platform.admin, platform.aws) = (url("api"), url("admin"), url("aws"));
        platform
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes a file as an editor does: whole, under another name, then in place.
    pub(crate) fn save(&self, file: &str, text: &str) {
        let fresh = self.path(&format!("{file}.tmp"));
        std::fs::create_dir_all(fresh.parent().expect("in the folder")).expect("created");
        std::fs::write(&fresh, text).expect("written");
        std::fs::rename(fresh, self.path(file)).expect("renamed");
    }

    /// The next event of this name; log lines and others on the way to it are passed over.
    pub(crate) fn event(&self, name: &str) -> Value {
        let mut passed = Vec::new();
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) if event["event"] == name => return event,
                Ok(event) => passed.push(event),
                Err(RecvTimeoutError::Timeout) => panic!("no event `{name}`, but {passed:?}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server ended before an event `{name}`, after {passed:?}")
                }
            }
        }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.api)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        http::get(&self.api, target)
    }

    pub(crate) fn post(&self, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.connect().request("POST", target, headers, body)
    }

    pub(crate) fn admin(&self, method: &str, target: &str) -> Answer {
        let host = self.admin.strip_prefix("http://").expect("cleartext");
        let mut connection = Connection::open(&self.admin);
        let head =
            format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n\r\n");
        connection.send(head.as_bytes());
        connection.answer(method).expect("an answer")
    }

    /// Runs another command of the program against this server.
    pub(crate) fn tidegate(&self, arguments: &[&str]) -> program::Run {
        program::run(self.folder.path(), arguments)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the server is there");
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// How many descriptors the server has open.
    pub(crate) fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.pid().as_raw_nonzero());
        std::fs::read_dir(folder).expect("the server is there").count()
    }

    /// What the server has in memory that no file has, such as its own code.
    pub(crate) fn anonymous_bytes(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero()));
        let status = status.expect("the server is there");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).expect("a size");
        kibibytes.parse::<u64>().expect("a number") << 10
    }

    /// How many clients' connections are open.
    pub(crate) fn connections(&self) -> u64 {
        self.metric("tidegate_connections")
    }

    /// One number of the server's metrics.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let metrics = self.admin("GET", "/metrics");
        let mut lines = metrics.text().lines().filter_map(|line| line.split_once(' '));
        let (_, value) = lines.find(|(n, _)| *n == name).expect("the server says so");
        value.parse::<f64>().expect("a number") as u64
    }

    /// Waits for the end of a server that was told to end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        // Standard output ends with the process.
        while self.events.recv_timeout(PATIENCE).is_ok() {}
        self.ended = true;
        self.child.wait().expect("waited")
    }
}

impl Drop for TestPlatform {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        if self.ended {
            return;
        }
        let family = Descendants::of(self.pid());
        self.signal(Signal::TERM);
        let status = self.wait();
        assert!(status.success(), "the server ended with {status}");
        family.assert_gone();
    }
}

/// On free ports, with events that tests read.
const LISTENING: [&str; 8] =
    ["--output", "json", "--port", "0", "--admin-port", "0", "--aws-port", "0"];

/// The command that serves a folder on free ports.
pub(crate) fn up(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(tidegate());
    command.arg("up").arg(folder).args(LISTENING).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

pub(crate) fn write(folder: &Path, files: &[File<'_>]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("created");
        std::fs::write(path, text).expect("written");
    }
}
