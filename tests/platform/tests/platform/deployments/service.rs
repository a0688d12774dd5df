//! The server as a service: its units, sockets that were opened before it, and the word that it is ready.

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::shop::Shop;
use crate::http::{self, Connection, PATIENCE};
use crate::patience::until;
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

/// What a service manager does: opens the sockets, and starts the program with them as its descriptors 3 and up.
/// A shell is the one between that knows its own process id.
fn start(shop: &Shop, sockets: &[(&str, &TcpListener)], notify: &str) -> Child {
    use std::os::fd::AsRawFd;
    let names: Vec<&str> = sockets.iter().map(|(name, _)| *name).collect();
    let mut script = String::new();
    for (at, (_, socket)) in sockets.iter().enumerate() {
        // The shell inherits copies, whose numbers it then puts in order.
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::empty()).expect("inherited");
        script.push_str(&format!("exec {}<&{}\n", 20 + at, socket.as_raw_fd()));
    }
    for at in 0..sockets.len() {
        script.push_str(&format!("exec {}<&{}\nexec {}<&-\n", 3 + at, 20 + at, 20 + at));
    }
    script.push_str("export LISTEN_PID=$$\nexec \"$@\"\n");
    let mut command = Command::new("bash");
    command.args(["-c", &script, "bash"]).arg(tidegate()).args(["serve", "--state", "state"]);
    command.args(["--admin-port", "0", "--aws-port", "0", "--output", "json"]);
    command.current_dir(shop.folder()).stdin(Stdio::null()).stdout(Stdio::null());
    command.env("LISTEN_FDS", sockets.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
    command.env("NOTIFY_SOCKET", notify);
    let child = command.spawn().expect("it starts");
    for (_, socket) in sockets {
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC).expect("ours again");
    }
    child
}

#[test]
fn sockets_of_a_service_manager_are_served_and_it_is_told_when() {
    let mut shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    shop.platform.signal(Signal::TERM);
    assert!(shop.platform.wait().success());

    let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
    let (api, admin) = (listen(), listen());
    let url = |socket: &TcpListener| format!("http://{}", socket.local_addr().expect("an address"));
    let notify = shop.folder().join("notify");
    let manager = UnixDatagram::bind(&notify).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("set");
    // Who comes before the server is there waits for it, and is answered.
    let early = TcpStream::connect(api.local_addr().expect("an address")).expect("a connection");
    let sockets = [("admin", &admin), ("api", &api)];
    for _ in 0..2 {
        let mut child = start(&shop, &sockets, &notify.display().to_string());
        assert_eq!(heard(&manager), "READY=1");
        assert_eq!(http::get(&url(&api), "/").text(), "one");
        assert_eq!(health(&url(&admin)), 200);
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("an id");
        assert_eq!(holders(&api), 2, "this test and the server, and none of its functions");
        kill_process(id, Signal::TERM).expect("it is there");
        assert_eq!(heard(&manager), "STOPPING=1");
        assert!(child.wait().expect("it ends").success());
    }
    drop(early);
}

fn health(admin: &str) -> u16 {
    let host = admin.strip_prefix("http://").expect("cleartext");
    let mut connection = Connection::open(admin);
    connection.send(format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
    connection.answer("GET").expect("an answer").status
}

fn heard(manager: &UnixDatagram) -> String {
    let mut told = [0; 64];
    let length = manager.recv(&mut told).expect("a word");
    String::from_utf8_lossy(&told[..length]).into_owned()
}

/// How many processes hold a socket.
fn holders(socket: &TcpListener) -> usize {
    use std::os::fd::AsRawFd;
    let own = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).expect("a link");
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let holds = |process: &std::fs::DirEntry| {
        let files = std::fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|to| to == own)
    };
    processes.filter(holds).count()
}

#[test]
fn a_socket_of_an_unknown_name_is_refused() {
    let mut shop = Shop::serve();
    shop.platform.signal(Signal::TERM);
    assert!(shop.platform.wait().success());
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut child = start(&shop, &[("web", &socket)], "/nowhere");
    let mut ended = None;
    until("it ends", || {
        ended = child.try_wait().expect("a child");
        ended.is_some()
    });
    assert_eq!(ended.and_then(|status| status.code()), Some(2));
}
