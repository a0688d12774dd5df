//! The server as a service: its units, sockets that were opened before it, and the word that it is ready.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::shop::Shop;
use crate::http::{self, Connection, PATIENCE};
use crate::platform::write;
use crate::program::{run, tidegate};

#[test]
fn the_units_are_what_systemd_understands() {
    let folder = tempfile::tempdir().expect("a folder");
    for more in [&[][..], &["--user"], &["--host", "0.0.0.0", "--port", "80"]] {
        let arguments = [&["service", "install", "--dry-run", "--output", "json"], more].concat();
        let said = run(folder.path(), &arguments).said();
        assert_eq!(said.exit, Some(0), "{said:?}");
        let mut paths = Vec::new();
        for line in said.out.lines() {
            let unit: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let file = unit["file"].as_str().expect("a path").rsplit('/').next().expect("a name");
            write(folder.path(), &[(file, unit["text"].as_str().expect("a text"))]);
            paths.push(folder.path().join(file));
        }
        assert_eq!(paths.len(), 4, "{said:?}");
        let user = more.contains(&"--user").then_some("--user");
        let mut verify = Command::new("systemd-analyze");
        verify.arg("verify").args(user).args(&paths).env("XDG_RUNTIME_DIR", folder.path());
        let verified = verify.output();
        let verified = verified.expect("scripts/setup brings systemd-analyze");
        let told = String::from_utf8_lossy(&verified.stderr).into_owned();
        let ours: Vec<&str> = told.lines().filter(|line| line.contains("tidegate")).collect();
        assert!(verified.status.success() && ours.is_empty(), "{more:?}: {told}");
    }
}

/// What a service manager does: opens the sockets, starts the program with them as its descriptors 3 and up, and
/// does so once more when it has ended well.
const MANAGER: &str = "
import os, socket, sys
names, program = sys.argv[1].split(':'), sys.argv[2:]
sockets = []
for name in names:
    opened = socket.socket()
    opened.bind(('127.0.0.1', 0))
    opened.listen()
    sockets.append(opened)
print(*(opened.getsockname()[1] for opened in sockets), flush=True)
for _ in range(2):
    child = os.fork()
    if child == 0:
        for at, opened in enumerate(sockets):
            os.dup2(opened.fileno(), 30 + at)
        for at in range(len(sockets)):
            os.dup2(30 + at, 3 + at)
        os.closerange(3 + len(sockets), 64)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)))
        os.environ['LISTEN_FDNAMES'] = ':'.join(names)
        os.execv(program[0], program)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        sys.exit(code)
";

/// A service manager, and the ports of its sockets.
struct Manager {
    child: Child,
    ports: Vec<String>,
}

impl Manager {
    fn start(shop: &Shop, names: &str, notify: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", MANAGER, names]).arg(tidegate()).args(["serve", "--state", "state"]);
        command.args(["--admin-port", "0", "--aws-port", "0", "--output", "json"]);
        command.current_dir(shop.folder()).env("NOTIFY_SOCKET", notify);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        let mut out = BufReader::new(out);
        out.read_line(&mut line).expect("ports");
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        let ports = line.split_whitespace().map(str::to_owned).collect();
        Self { child, ports }
    }

    fn url(&self, at: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[at])
    }
}

/// A test that fails leaves no server behind.
impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn sockets_of_a_service_manager_are_served_and_it_is_told_when() {
    let mut shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    shop.platform.signal(Signal::TERM);
    assert!(shop.platform.wait().success());

    let notify = shop.folder().join("notify");
    let told = UnixDatagram::bind(&notify).expect("a socket");
    told.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut manager = Manager::start(&shop, "admin:api", &notify);
    for _ in 0..2 {
        assert_eq!(heard(&told), "READY=1");
        assert_eq!(http::get(&manager.url(1), "/").text(), "one");
        assert_eq!(health(&manager.url(0)), 200);
        let lock = std::fs::read_to_string(shop.platform.path("state/lock")).expect("held");
        let id: i32 = lock.trim().parse().expect("a process id");
        assert_eq!(holders(id), 2, "the manager and the server, and none of its functions");
        kill_process(Pid::from_raw(id).expect("an id"), Signal::TERM).expect("it is there");
        assert_eq!(heard(&told), "STOPPING=1");
    }
    assert!(manager.child.wait().expect("it ends").success());
}

fn health(admin: &str) -> u16 {
    let host = admin.strip_prefix("http://").expect("cleartext");
    let mut connection = Connection::open(admin);
    connection.send(format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
    connection.answer("GET").expect("an answer").status
}

fn heard(told: &UnixDatagram) -> String {
    let mut word = [0; 64];
    let length = told.recv(&mut word).expect("a word");
    String::from_utf8_lossy(&word[..length]).into_owned()
}

/// How many processes have the first socket that was passed to this one.
fn holders(server: i32) -> usize {
    let socket = std::fs::read_link(format!("/proc/{server}/fd/3")).expect("a link");
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let holds = |process: &std::fs::DirEntry| {
        let files = std::fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|to| to == socket)
    };
    processes.filter(holds).count()
}

#[test]
fn a_socket_of_an_unknown_name_is_refused() {
    let mut shop = Shop::serve();
    shop.platform.signal(Signal::TERM);
    assert!(shop.platform.wait().success());
    let mut manager = Manager::start(&shop, "web", &shop.folder().join("nowhere"));
    assert_eq!(manager.child.wait().expect("it ends").code(), Some(2));
}
