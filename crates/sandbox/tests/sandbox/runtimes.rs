//! What is refused is not what runtimes need: they work inside, at every memory limit they support.

use std::path::{Path, PathBuf};
use std::process::Command;

use model::{ByteSize, SandboxMode};
use sandbox::{Bind, ExitReason, Spec};

use crate::support::{launcher, run, users};

/// Asks an interpreter where it really lives.
fn interpreter(name: &str, arguments: &[&str]) -> PathBuf {
    let output = Command::new(name).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run `{name}` ({error}); scripts/setup installs what the tests need")
    });
    assert!(output.status.success(), "`{name}` {arguments:?} failed: {output:?}");
    let path = String::from_utf8(output.stdout).unwrap();
    std::fs::canonicalize(path.trim()).unwrap()
}

fn is_reachable_by_others(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    program.ancestors().skip(1).all(|folder| {
        std::fs::metadata(folder)
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o005 == 0o005)
    })
}

async fn check(program: &Path, arguments: &[&str], expected: &str) {
    for user in users() {
        if user == crate::support::User::Ordinary && !is_reachable_by_others(program) {
            eprintln!("not tried as {user:?}: only root can reach {}", program.display());
            continue;
        }
        let launcher = launcher(user);
        for memory in [128, 256, 512, 1024, 3008] {
            let mut spec = Spec::new(program, SandboxMode::BestEffort);
            spec.arguments = arguments.iter().map(Into::into).collect();
            spec.binds = Bind::for_interpreter(program).into_iter().collect();
            spec.limits.memory = Some(ByteSize::mib(memory));
            spec.limits.cpus = Some(0.5);
            let (exit, text) = run(&launcher, spec).await;
            assert_eq!(
                (exit.reason, text.trim()),
                (ExitReason::Code(0), expected),
                "{user:?} {memory} MB"
            );
        }
    }
}

#[tokio::test]
async fn python_works_with_threads_sockets_subprocesses_and_temporary_files() {
    let python = interpreter("python3", &["-c", "import sys; print(sys.executable)"]);
    let script = "
import getpass, json, os, random, socket, sqlite3, ssl, subprocess, tempfile, threading, urllib.request
listener = socket.create_server(('127.0.0.1', 0))
threading.Thread(target=lambda: listener.accept()[0].sendall(b'hello')).start()
received = socket.create_connection(listener.getsockname()).recv(5)
with tempfile.NamedTemporaryFile() as file:
    sqlite3.connect(file.name).execute('create table t (x)').connection.commit()
assert ssl.create_default_context().get_ca_certs() is not None
assert subprocess.check_output(['/bin/echo', 'child']) == b'child\\n'
assert socket.gethostbyname('localhost')
print(received.decode(), getpass.getuser(), os.getuid())
";
    check(&python, &["-c", script], "hello sbx_user1051 993").await;
}

#[tokio::test]
async fn node_works_with_workers_sockets_subprocesses_and_temporary_files() {
    let node = interpreter("node", &["-p", "process.execPath"]);
    let script = "
const { Worker } = require('worker_threads');
const fs = require('fs'), os = require('os'), net = require('net'), child = require('child_process');
fs.writeFileSync('/tmp/file', 'text');
const echo = child.execFileSync('/bin/echo', ['child']).toString().trim();
const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1', () => {
  net.connect(server.address().port, '127.0.0.1').on('data', (data) => {
    const worker = new Worker(\"require('worker_threads').parentPort.postMessage(6 * 7)\", { eval: true });
    worker.on('message', (answer) => {
      console.log(data.toString(), echo, answer, os.userInfo().username);
      process.exit(0);
    });
  });
});
";
    check(&node, &["-e", script], "hello child 42 sbx_user1051").await;
}

#[tokio::test]
async fn a_shell_finds_its_programs() {
    check(
        Path::new("/bin/sh"),
        &["-c", "ls /usr > /dev/null && echo $(id -un) $(hostname)"],
        "sbx_user1051 sandbox",
    )
    .await;
}
