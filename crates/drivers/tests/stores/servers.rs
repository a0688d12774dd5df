//! Starts real servers on free ports, and ends them with the test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::free_port::free_port;

/// Which program serves.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    Redis,
    Valkey,
}

/// A server that ends when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    folder: TempDir,
    process: Child,
    arguments: Vec<String>,
    program: PathBuf,
}

impl Program {
    fn path(self) -> PathBuf {
        match self {
            Self::Redis => "redis-server".into(),
            Self::Valkey => {
                let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
                let path = tools.join("valkey/usr/bin/valkey-server");
                assert!(path.exists(), "valkey-server is missing: run scripts/setup");
                path
            }
        }
    }
}

impl Server {
    pub(crate) fn start(program: Program, arguments: &[&str]) -> Self {
        let port = free_port();
        let mut all = vec!["--port".to_owned(), port.to_string()];
        all.extend(arguments.iter().map(ToString::to_string));
        Self::on(port, program, all)
    }

    /// Listens with TLS only; also returns the authority to trust.
    pub(crate) fn start_with_tls(arguments: &[&str]) -> (Self, Vec<u8>) {
        let folder = tempfile::tempdir().expect("folder");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("certificate");
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        let port = free_port();
        let path = |path: &Path| path.to_str().expect("utf-8").to_owned();
        let mut all: Vec<String> =
            ["--port", "0", "--tls-auth-clients", "no", "--tls-port"].map(str::to_owned).to_vec();
        all.push(port.to_string());
        all.extend(["--tls-cert-file".to_owned(), path(&certificate)]);
        all.extend(["--tls-ca-cert-file".to_owned(), path(&certificate)]);
        all.extend(["--tls-key-file".to_owned(), path(&key)]);
        all.extend(arguments.iter().map(ToString::to_string));
        (Self::on(port, Program::Redis, all), made.cert.pem().into_bytes())
    }

    fn on(port: u16, program: Program, arguments: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let program = program.path();
        let process = run(&program, &arguments, folder.path(), READY);
        Self { port, folder, process, arguments, program }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As `kill -9`. It can be started again.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    pub(crate) fn start_again(&mut self) {
        self.process = run(&self.program, &self.arguments, self.folder.path(), READY);
    }

    /// Starts again and takes its time to load what it has saved.
    pub(crate) fn load_slowly(&mut self) {
        self.kill();
        let slow = ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"];
        let arguments: Vec<_> =
            self.arguments.iter().cloned().chain(slow.map(str::to_owned)).collect();
        self.process = run(&self.program, &arguments, self.folder.path(), "Loading RDB");
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let done = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(done.success(), "kill -s {name} {id}");
    }

    /// What a server that was killed had written down: one by itself with its files.
    pub(crate) fn remains(&self) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("folder"));
        let arguments = ["--port", &port.to_string(), "--appendonly", "yes"].map(str::to_owned);
        let process = run(&self.program, &arguments, self.folder.path(), READY);
        Self { port, folder, process, arguments: arguments.into(), program: self.program.clone() }
    }

    /// What the server says to one command, as one writes it.
    pub(crate) fn tell(&self, command: &str) -> String {
        tell(self.port, command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed by the test.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const READY: &str = "Ready to accept connections";

/// The server ends with the thread of the test, should that be killed.
fn run(program: &Path, arguments: &[String], folder: &Path, ready: &str) -> Child {
    let mut process = Command::new("setpriv")
        .args(["--pdeathsig", "KILL"])
        .arg(program)
        .args(arguments)
        .args(["--bind", "127.0.0.1", "--save", "", "--databases", "64", "--dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{} does not start: {error}; run scripts/setup", program.display())
        });
    let mut output = BufReader::new(process.stdout.take().expect("piped"));
    let mut said = String::new();
    while !said.contains(ready) {
        let read = output.read_line(&mut said).expect("readable");
        assert!(read > 0, "{} ended: {said}", program.display());
    }
    // Somebody has to read on, or the server would wait for room in the pipe.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    process
}

pub(crate) fn tell(port: u16, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.write_all(format!("{command}\r\n").as_bytes()).expect("written");
    answer(&mut BufReader::new(stream))
}

/// What a replica in a cluster says to one command itself.
pub(crate) fn tell_replica(port: u16, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.write_all(format!("READONLY\r\n{command}\r\n").as_bytes()).expect("written");
    let mut reader = BufReader::new(stream);
    assert_eq!(answer(&mut reader), "+OK");
    answer(&mut reader)
}

fn answer(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer");
    let Some(length) = line.strip_prefix('$').and_then(|length| length.trim().parse().ok()) else {
        return line.trim_end().to_owned();
    };
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    String::from_utf8_lossy(&body).into_owned()
}

/// Three primaries, each with a replica.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let nodes: Vec<_> = (0..6)
            .map(|_| {
                let bus = free_port().to_string();
                let enabled = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
                let options = ["--cluster-port", &bus, "--cluster-config-file", "nodes.conf"];
                Server::start(Program::Redis, &[&enabled[..], &options[..], arguments].concat())
            })
            .collect();
        let addresses = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let made = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(addresses)
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()
            .expect("redis-cli runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        let cluster = Self { nodes };
        cluster.settle();
        cluster
    }

    /// Until every node that runs sees all slots served, and the replicas follow.
    pub(crate) fn settle(&self) {
        for node in &self.nodes {
            while !node.tell("CLUSTER INFO").contains("cluster_state:ok") {
                std::thread::yield_now();
            }
        }
        let replicas = || {
            self.nodes.iter().filter(|node| node.tell("INFO replication").contains("role:slave"))
        };
        while replicas().count() < 3
            || !replicas()
                .all(|node| node.tell("INFO replication").contains("master_link_status:up"))
        {
            std::thread::yield_now();
        }
    }

    /// The node that follows this one.
    pub(crate) fn replica_of(&self, primary: usize) -> &Server {
        let line = format!("master_port:{}", self.nodes[primary].port);
        let follows =
            |node: &&Server| node.tell("INFO replication").lines().any(|said| said == line);
        let others = self.nodes.iter().enumerate().filter(|(index, _)| *index != primary);
        others.map(|(_, node)| node).find(follows).expect("a replica")
    }

    pub(crate) fn url(&self) -> String {
        self.nodes.iter().map(Server::url).collect::<Vec<_>>().join(",")
    }
}
