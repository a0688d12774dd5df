//! Real Redis servers, and a Cluster of them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::free_port::free_port;
use crate::patience::until;

/// A Redis that ends when it is dropped.
pub(crate) struct Redis {
    pub(crate) port: u16,
    folder: TempDir,
    process: Child,
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    fn with(arguments: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        let process = run(port, folder.path(), arguments);
        Self { port, folder, process }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it says to a command, a status or a text.
    pub(crate) fn tell(&self, command: &[&str]) -> String {
        let port = self.port.to_string();
        let said = Command::new("redis-cli").args(["-p", &port]).args(command).output();
        String::from_utf8(said.expect("redis-cli runs").stdout).expect("text")
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    /// Empty, on the port it had.
    pub(crate) fn start_again(&mut self) {
        self.process = run(self.port, self.folder.path(), &[]);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A test may have killed it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(port: u16, folder: &Path, arguments: &[&str]) -> Child {
    let mut process = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "redis-server", "--bind", "127.0.0.1", "--save", ""])
        .args(["--port", &port.to_string()])
        .args(arguments)
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server is missing: run scripts/setup");
    let mut output = BufReader::new(process.stdout.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("Ready to accept connections") {
        assert!(output.read_line(&mut said).expect("text") > 0, "redis-server ended: {said}");
    }
    // Somebody has to read on, or the server would wait for room in the pipe.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    process
}

/// Three primaries, each with a replica.
pub(crate) struct Cluster(Vec<Redis>);

impl Cluster {
    pub(crate) fn start() -> Self {
        let nodes: Vec<Redis> = (0..6)
            .map(|_| {
                let bus = free_port().to_string();
                Redis::with(&["--cluster-enabled", "yes", "--cluster-port", &bus])
            })
            .collect();
        let made = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)))
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()
            .expect("redis-cli runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        until("every node serves", || {
            nodes.iter().all(|node| node.tell(&["CLUSTER", "INFO"]).contains("cluster_state:ok"))
        });
        Self(nodes)
    }

    pub(crate) fn url(&self) -> String {
        self.0.iter().map(Redis::url).collect::<Vec<_>>().join(",")
    }

    /// Keys that the primaries hold.
    pub(crate) fn keys(&self) -> usize {
        let is_primary = |node: &&Redis| node.tell(&["ROLE"]).starts_with("master");
        let keys = |node: &Redis| node.tell(&["DBSIZE"]).trim().parse::<usize>().expect("a count");
        self.0.iter().filter(is_primary).map(keys).sum()
    }
}
