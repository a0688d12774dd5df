//! Debuggers that attach to functions: Python's protocol, Node's own client, and Java's.

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::TestPlatform;
use crate::builds;
use crate::platform::write;
use crate::program::{repository, run, tidegate};

const STACK: &str = "\
name: debugged
functions:
  py:
    runtime: PYTHON
    code: code
    handler: index.handler
    timeout: 1s
    layers: [layer]
  js: { runtime: nodejs20.x, code: code, handler: web.handler, timeout: 1s }
  java: { runtime: java17, code: classes, handler: app.Web, timeout: 1s }
  none: { runtime: PYTHON, code: code, handler: index.handler }
  own: { runtime: provided, code: native }
apis:
  main: { routes: { GET /js: js, GET /py: py } }
";

const PYTHON: &str = "\
def handler(event, context):
    x = 1
    return x + 1
";

const NODE: &str = "\
export async function handler() {
  let x = 1;
  debugger;
  return { statusCode: 200, body: String(x + 1) };
}
";

const JAVA: &str = "\
package app;

public class Web implements com.amazonaws.services.lambda.runtime.RequestHandler<Object, Integer> {
    public Integer handleRequest(Object event, com.amazonaws.services.lambda.runtime.Context context) {
        int y = 1;
        return y + 1;
    }
}
";

/// A folder with functions, one of which brings `debugpy` in a layer.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let libraries = repository().join("target/tools/python/lib");
    let entries = libraries.read_dir().expect("run `scripts/setup` first");
    let mut names = entries.map(|entry| entry.expect("readable").file_name());
    let python = names.find_map(|name| name.into_string().ok()).expect("a version of Python");
    let stack = STACK.replace("PYTHON", &python);
    let bootstrap = "#!/bin/sh\n";
    let files = [
        ("tidegate.yaml", &*stack),
        ("code/index.py", PYTHON),
        ("code/web.mjs", NODE),
        ("native/bootstrap", bootstrap),
    ];
    write(folder.path(), &files);
    builds::classes(&[("app/Web.java", JAVA)], &folder.path().join("classes"));
    let packages = folder.path().join("layer/python");
    std::fs::create_dir_all(&packages).expect("a folder");
    let debugpy = libraries.join(python).join("site-packages/debugpy");
    assert!(debugpy.is_dir(), "run `scripts/setup` first: it installs debugpy");
    let copied = Command::new("cp").arg("-r").arg(debugpy).arg(packages).status();
    assert!(copied.expect("cp runs").success());
    folder
}

/// One that is free now.
fn port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn invoke(folder: &Path, function: &str, port: u16) -> Child {
    let mut command = Command::new(tidegate());
    command.current_dir(folder).args(["invoke", function, "--local", "--debug-port"]);
    command.arg(port.to_string()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Reads until this was printed. The pipe stays open for what follows.
fn wait_for(from: &mut impl Read, sign: &str) {
    let (mut all, mut byte) = (Vec::new(), [0]);
    while !all.ends_with(sign.as_bytes()) {
        let read = from.read(&mut byte).expect("readable");
        assert_ne!(read, 0, "no `{sign}` in\n{}", String::from_utf8_lossy(&all));
        all.push(byte[0]);
    }
}

/// A client of Python's protocol that stops where `x` is set.
fn attach(port: u16) -> Child {
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/platform/habits/debugger.py");
    Command::new(repository().join("target/tools/python/bin/python"))
        .args([client, &port.to_string(), "/var/task/index.py", "3"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the client runs")
}

/// What a program prints until its end.
fn shown(child: &mut Child) -> String {
    let mut text = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut text).expect("readable");
    assert!(child.wait().expect("it ends").success(), "{text}");
    text
}

fn answer(mut child: Child) -> Value {
    serde_json::from_str(&shown(&mut child)).expect("JSON")
}

#[test]
fn a_python_function_waits_for_its_debugger() {
    let (folder, port) = (folder(), port());
    let mut child = invoke(folder.path(), "py", port);
    let mut log = BufReader::new(child.stderr.take().expect("piped"));
    wait_for(&mut log, "debugger: waiting on 127.0.0.1");
    let mut client = attach(port);
    assert_eq!(shown(&mut client), "ready\n1\n");
    assert_eq!(answer(child), 42);
    wait_for(&mut log, "REPORT RequestId: ");
}

#[test]
fn a_node_function_waits_for_its_debugger() {
    let (folder, port) = (folder(), port());
    let mut child = invoke(folder.path(), "js", port);
    let mut log = BufReader::new(child.stderr.take().expect("piped"));
    wait_for(&mut log, "Debugger listening on ws://127.0.0.1");
    let mut client = NodeClient::attach(port);
    client.say("cont");
    client.change_x();
    assert_eq!(answer(child)["body"], "42");
    client.end();
}

#[test]
fn a_java_function_waits_for_its_debugger() {
    let (folder, port) = (folder(), port());
    let mut child = invoke(folder.path(), "java", port);
    let mut log = BufReader::new(child.stderr.take().expect("piped"));
    wait_for(&mut log, "Listening for transport dt_socket at address");
    let mut client = Command::new("jdb")
        .args(["-attach", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("jdb runs");
    let mut typed = client.stdin.take().expect("piped");
    let mut shown = BufReader::new(client.stdout.take().expect("piped"));
    let mut say = |text: &str| writeln!(typed, "{text}").expect("typed");
    wait_for(&mut shown, "VM Started");
    say("stop at app.Web:6");
    wait_for(&mut shown, "It will be set");
    say("cont");
    wait_for(&mut shown, "Breakpoint hit");
    // It tells of the stop before it knows of the frame.
    wait_for(&mut shown, "[1] ");
    say("set y = 41");
    wait_for(&mut shown, "y = 41 = 41");
    say("cont");
    assert_eq!(answer(child), 42);
    client.kill().expect("it is there");
    client.wait().expect("it ends");
}

/// Node's own client, attached.
struct NodeClient {
    child: Child,
    typed: ChildStdin,
    shown: BufReader<ChildStdout>,
}

impl NodeClient {
    fn attach(port: u16) -> Self {
        let mut child = Command::new("node")
            .args(["inspect", &format!("127.0.0.1:{port}")])
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node runs");
        let typed = child.stdin.take().expect("piped");
        let mut shown = BufReader::new(child.stdout.take().expect("piped"));
        // A prompt may come before the news that the function has stopped, and comes again after it.
        wait_for(&mut shown, "Break on start");
        wait_for(&mut shown, "debug> ");
        Self { child, typed, shown }
    }

    fn say(&mut self, text: &str) {
        writeln!(self.typed, "{text}").expect("typed");
    }

    /// Sets `x` where the function stops, and lets it go on.
    fn change_x(&mut self) {
        wait_for(&mut self.shown, "web.mjs:3");
        self.say("exec('x = 41')");
        wait_for(&mut self.shown, "41");
        self.say("cont");
    }

    /// It goes on when the function has ended.
    fn end(mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("it ends");
    }
}

#[test]
fn what_cannot_be_debugged_says_why() {
    let folder = folder();
    let local = |function| {
        let port = port().to_string();
        run(folder.path(), &["invoke", function, "--local", "--debug-port", &port]).said()
    };
    let without = local("none");
    assert_eq!(without.exit, Some(3));
    assert!(
        without.out.contains("needs `debugpy` among the function's own packages"),
        "{without:?}"
    );
    let native = local("own");
    assert_eq!(native.exit, Some(2));
    assert!(native.err.contains("only Python, Node and Java functions"), "{native:?}");
}

#[test]
fn a_server_debugs_one_function_and_its_routes_wait() {
    let (folder, port) = (folder(), port());
    let stack = std::fs::read_to_string(folder.path().join("tidegate.yaml")).expect("a manifest");
    let stack = stack.replace("  own: { runtime: provided, code: native }\n", "");
    let arguments = ["--debug-port", &port.to_string(), "--function", "py"];
    let platform = TestPlatform::start_in(folder, &[("tidegate.yaml", &stack)], &arguments);
    assert_eq!(platform.get("/py").text(), "2");
    let mut client = attach(port);
    wait_for(client.stdout.as_mut().expect("piped"), "ready\n");
    assert_eq!(platform.get("/py").text(), "42");
    assert_eq!(shown(&mut client), "1\n");
    // Its timeout is a second.
    let slow = PYTHON.replace("    x = 1\n", "    import time; x = 1; time.sleep(1.5)\n");
    platform.save("code/index.py", &slow);
    platform.event("reload");
    assert_eq!(platform.get("/py").text(), "2");
}

#[test]
fn a_server_tells_of_a_function_that_it_cannot_debug() {
    let folder = folder();
    let arguments = ["up", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let debug = ["--debug-port", "5678", "--function", "nobody"];
    let said = run(folder.path(), &[&arguments[..], &debug].concat()).said();
    assert_eq!(said.exit, Some(2), "{}", said.err);
    assert!(said.err.contains("the stack has no such function"), "{}", said.err);
}
