//! A reader at a terminal: a folder, a running server, and one command after the other.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::block::matches;
use super::is_exempt;
use super::ports;
use crate::TestPlatform;
use crate::http::PATIENCE;
use crate::program::{repository, tidegate};

/// The port at which pages put a server of the reader's own.
const OWN_PORT: &str = "8000";
/// The port of the reader's Redis.
const REDIS_PORT: &str = "6379";

/// What is different on the reader's machine: the ports, which are free ones here.
pub(super) struct Session {
    page: PathBuf,
    own_port: String,
    redis_port: String,
    server: Option<TestPlatform>,
    others: Vec<Child>,
    /// Removed when nobody writes to it any more.
    folder: tempfile::TempDir,
}

impl Session {
    pub(super) fn new(page: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let (own, redis) = (free(), free());
        let port =
            |listener: &TcpListener| listener.local_addr().expect("an address").port().to_string();
        let session = Self {
            page: page.to_owned(),
            folder,
            own_port: port(&own),
            redis_port: port(&redis),
            server: None,
            others: Vec::new(),
        };
        session.copy(&repository().join("examples"), &session.folder.path().join("examples"));
        session
    }

    /// Sources only, with the page's ports replaced.
    fn copy(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let path = entry.expect("an entry").path();
            let target = to.join(path.file_name().expect("a name"));
            if path.is_dir() {
                if !path.ends_with("target") && !path.ends_with(".tidegate") {
                    self.copy(&path, &target);
                }
            } else if path.ends_with("tidegate.yaml") {
                let text = std::fs::read_to_string(&path).expect("a manifest");
                std::fs::write(&target, self.with_ports(&text)).expect("written");
            } else {
                std::fs::copy(&path, &target).expect("copied");
            }
        }
    }

    fn with_ports(&self, text: &str) -> String {
        let mut ports = vec![(OWN_PORT, &*self.own_port), (REDIS_PORT, &*self.redis_port)];
        if let Some(server) = &self.server {
            for (port, url) in
                [("3000", &server.api), ("4567", &server.admin), ("4566", &server.aws)]
            {
                ports.push((port, url.rsplit(':').next().unwrap_or_default()));
            }
        }
        ports::replace(text, &ports)
    }

    pub(super) fn save(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        let fresh = path.with_extension("tmp");
        std::fs::write(&fresh, self.with_ports(text)).expect("written");
        std::fs::rename(fresh, &path).expect("in place");
        if let Some(server) = self.server.as_ref().filter(|s| path.starts_with(s.folder())) {
            server.event("reload");
        }
    }

    pub(super) fn succeed(&mut self, command: &str, line: usize) {
        if is_exempt(command) || self.starts_server(command) {
            return;
        }
        let output = self.run(command);
        let said = said(&output);
        let place = self.page.display();
        assert!(output.status.success(), "{place}:{line}: `{command}` {}\n{said}", output.status);
    }

    pub(super) fn expect(&mut self, command: &str, expected: &[&str], line: usize) {
        if is_exempt(command) || self.starts_server(command) {
            return;
        }
        let output = self.run(command);
        let (place, all, shown) = (self.page.display(), said(&output), expected.join("\n"));
        // Progress on standard error is not shown in documents.
        let out = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        let is_shown = |text: &str| matches(expected, &text.lines().collect::<Vec<_>>());
        assert!(
            is_shown(&out) || is_shown(&all),
            "{place}:{line}: `{command}` printed\n{all}\nand not\n{shown}"
        );
    }

    /// Commands that go on until they are stopped.
    fn starts_server(&mut self, command: &str) -> bool {
        let command = command.split(" #").next().unwrap_or_default().trim();
        let serve = ["tidegate up", "cargo run --release -- up"];
        if let Some(rest) = serve.iter().find_map(|serve| command.strip_prefix(serve)) {
            self.up(rest);
            return true;
        }
        if command.starts_with("tidegate serve") {
            self.server = None;
            // Beside what the page writes.
            let folder = self.folder.path().join("server");
            std::fs::create_dir_all(&folder).expect("a folder");
            self.server = Some(TestPlatform::daemon(&folder, &[]));
            return true;
        }
        let (page_port, own_port) = if command.starts_with("python3 -m http.server") {
            (OWN_PORT, &self.own_port)
        } else if command.starts_with("redis-server") {
            (REDIS_PORT, &self.redis_port)
        } else {
            return false;
        };
        let own_port = own_port.clone();
        let command = command.replace(page_port, &own_port);
        let mut shell = self.shell(&format!("exec {command}"));
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        self.others.push(shell.spawn().expect("it starts"));
        wait_for(&own_port);
        true
    }

    /// Replaces the server that runs.
    fn up(&mut self, rest: &str) {
        self.server = None;
        let mut words = rest.split_whitespace();
        let dir = words.next().unwrap_or(".");
        let arguments: Vec<&str> = words.collect();
        let folder = self.folder.path().join(dir);
        self.server = Some(TestPlatform::serve_folder_with(&folder, &arguments, &self.target()));
    }

    /// Builds of examples share what they can.
    fn target(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("gapfind")
    }

    fn run(&self, command: &str) -> Output {
        self.shell(&self.with_ports(command)).output().expect("a shell")
    }

    fn shell(&self, command: &str) -> Command {
        let program = tidegate();
        let folder = program.parent().expect("a folder");
        let mut shell = Command::new("bash");
        let command = format!("PATH='{}':$PATH\n{command}", folder.display());
        shell.args(["-c", &command]).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TIDEGATE_")) {
            shell.env_remove(name);
        }
        // What is kept for a user is not kept for the one who runs the tests.
        shell.env("XDG_CONFIG_HOME", self.folder.path().join(".config"));
        // Commands that ask a server find it as if they were called in its folder.
        if let Some(server) = &self.server {
            shell.env("TIDEGATE_ADMIN", &server.admin);
            if let Ok(token) = std::fs::read_to_string(server.path("state/admin.token")) {
                shell.env("TIDEGATE_TOKEN", token.trim());
            }
        }
        shell
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for other in &mut self.others {
            let _ = other.kill();
            let _ = other.wait();
        }
    }
}

fn wait_for(port: &str) {
    const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
    let port = port.parse().expect("a number");
    let mut left = PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        left = left.checked_sub(LOOK).expect("nobody listens");
        std::thread::sleep(LOOK);
    }
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout).replace('\r', "") + &text(&output.stderr)
}
