//! A Redis of a test's own, on a socket file so that no port can be taken.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) struct RedisServer {
    process: Child,
    folder: TempDir,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.path().join("socket"))
            .stdout(Stdio::piped())
            .spawn()
            .expect(
                "these tests need `redis-server`; install it, e.g. `apt-get install redis-server`",
            );
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let ready = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("eady to accept connections"));
        assert!(ready, "redis-server stopped before it was ready");
        Self { process, folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("socket").display())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may have ended by itself; `wait` collects it either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
