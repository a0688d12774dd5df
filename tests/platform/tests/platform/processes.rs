//! Processes: started before they are needed, started again when they die, replaced without a gap.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::TestPlatform;
use crate::patience::until;
use crate::platform::up;

const MANIFEST: &str = "\
name: served
processes:
  users:
    code: users
    command: [python3, -u, server.py, one]
    environment: { GREETING: hello }
    health: { path: /health, interval: 100ms, timeout: 1s, unhealthy_after: 2 }
    restart: { first: 20ms, longest: 200ms }
    stop_timeout: 10s
upstreams:
  users: { process: users }
apis:
  main:
    routes:
      ANY /{proxy+}: { upstream: users }
";

/// Lets requests that have begun end before it does, as servers should.
const SERVER: &str = r#"
import os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

hung = False

class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Of an idle connection, which would otherwise keep the server from ending.
    timeout = 1

    def do_GET(self):
        global hung
        if self.path == "/die":
            os._exit(3)
        if self.path == "/hang":
            hung = True
        if self.path == "/health" and hung:
            return self.say(500, "hung")
        if self.path == "/slow":
            print("begun")
            while not os.path.exists("go.log"):
                time.sleep(0.005)
        self.say(200, " ".join(["VERSION", os.environ["GREETING"]] + sys.argv[1:]))

    def say(self, status, text):
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer)
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("listening")
server.serve_forever()
server.server_close()
"#;

fn server(version: &str) -> String {
    SERVER.replace("VERSION", version)
}

fn start() -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", MANIFEST), ("users/server.py", &server("1"))])
}

fn status(platform: &TestPlatform) -> Value {
    platform.admin("GET", "/processes").json()[0].clone()
}

/// The program itself, which the sandbox's first process is the parent of.
fn program(platform: &TestPlatform) -> Pid {
    let first = status(platform)["pid"].as_u64().expect("it runs");
    let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
    let children = children.expect("it is there");
    let program = children.split_whitespace().next().expect("a child");
    Pid::from_raw(program.parse().expect("a number")).expect("not zero")
}

#[test]
fn a_process_serves_as_soon_as_the_stack_does() {
    let platform = start();
    assert_eq!(platform.get("/").text(), "1 hello one");
    let status = status(&platform);
    assert_eq!((&status["process"], &status["phase"]), (&"users".into(), &"serving".into()));
    assert_eq!(status["restarts"], 0);
    let logged = platform.tidegate(&["logs", "--process", "users", "--output", "json"]).said();
    let lines: Vec<Value> =
        logged.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let said = |stream: &str, text: &str| {
        lines.iter().any(|line| {
            line["process"] == "users"
                && line["stream"] == stream
                && line["message"].as_str().is_some_and(|message| message.starts_with(text))
        })
    };
    assert!(said("stdout", "listening"), "{lines:?}");
    assert!(said("platform", "it serves on port "), "{lines:?}");
    assert!(logged.out.lines().count() == 2, "{lines:?}");
    let metrics = platform.admin("GET", "/metrics");
    assert!(metrics.text().contains("\ntidegate_process_up{process=\"users\"} 1\n"));
}

#[test]
fn a_killed_process_is_started_again() {
    let platform = start();
    for round in 1..=3 {
        kill_process(program(&platform), Signal::KILL).expect("it is there");
        until("it was started again", || {
            let status = status(&platform);
            status["restarts"] == round && status["phase"] == "serving"
        });
        assert_eq!(platform.get("/").text(), "1 hello one");
    }
    let last = status(&platform)["lastEnd"].clone();
    assert!(last.as_str().is_some_and(|text| text.contains("signal 9")), "{last}");
}

#[test]
fn requests_recover_from_a_death_without_help() {
    let platform = start();
    for _ in 0..3 {
        // It is gone, and may be back by the second attempt, to die again.
        assert!([502, 503].contains(&platform.get("/die").status));
        until("requests are answered again", || platform.get("/").status == 200);
    }
    let status = status(&platform);
    assert!(status["restarts"].as_u64().is_some_and(|restarts| restarts >= 3), "{status}");
    assert_eq!(status["lastEnd"], "it ended with status 3");
}

#[test]
fn a_hung_process_is_killed_and_started_again() {
    let platform = start();
    assert_eq!(platform.get("/hang").status, 200);
    until("it was started again", || {
        let status = status(&platform);
        status["restarts"] == 1 && status["phase"] == "serving"
    });
    assert_eq!(status(&platform)["lastEnd"], "it failed its health check and was killed");
}

#[test]
fn new_code_takes_over_without_a_refused_request() {
    let platform = start();
    let done = AtomicBool::new(false);
    let statuses = std::thread::scope(|scope| {
        let (mut connection, done) = (platform.connect(), &done);
        let asking = scope.spawn(move || {
            let mut statuses = Vec::new();
            while !done.load(Ordering::Relaxed) {
                statuses.push(connection.request("GET", "/", &[], b"").status);
            }
            statuses
        });
        // In flight while its process is replaced.
        let mut slow = platform.connect();
        slow.send(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
        while platform.event("log")["message"] != "begun" {}
        platform.save("users/server.py", &server("2"));
        let reload = platform.event("reload");
        assert_eq!(reload["changes"], serde_json::json!(["~ code of process users"]));
        assert_eq!(platform.get("/").text(), "2 hello one");
        std::fs::write(platform.path("users/go.log"), "").expect("written");
        assert_eq!(slow.answer("GET").expect("an answer").text(), "1 hello one");
        done.store(true, Ordering::Relaxed);
        asking.join().expect("asked")
    });
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[test]
fn code_that_does_not_serve_replaces_nothing() {
    let platform = start();
    platform.save("users/server.py", "raise SystemExit('not today')\n");
    let problem = platform.event("problem");
    let message = problem["message"].as_str().expect("text");
    assert!(message.starts_with("process `users`: it ended with status 1"), "{message}");
    assert!(message.contains("\n  not today"), "{message}");
    assert_eq!(problem["problems"][0]["process"], "users");
    assert_eq!(platform.get("/").text(), "1 hello one");
    platform.save("users/server.py", &server("2"));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "2 hello one");
}

#[test]
fn settings_change_a_process_and_a_removed_one_ends() {
    let platform = start();
    platform.save("tidegate.yaml", &MANIFEST.replace("hello", "servus"));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "1 servus one");
    let program = program(&platform);
    let without = "name: served\napis: { main: { routes: { GET /: { mock: {} } } } }\n";
    platform.save("tidegate.yaml", without);
    platform.event("reload");
    until("it has ended", || rustix::process::test_kill_process(program).is_err());
    assert_eq!(platform.admin("GET", "/processes").text(), "[]\n");
}

#[test]
fn a_drain_answers_what_a_process_has_begun_and_kills_what_does_not_end() {
    let manifest = MANIFEST.replace("stop_timeout: 10s", "stop_timeout: 100ms");
    let stubborn = server("1")
        .replace("lambda *_: threading.Thread(target=server.shutdown).start()", "signal.SIG_IGN");
    let mut platform =
        TestPlatform::start(&[("tidegate.yaml", &manifest), ("users/server.py", &stubborn)]);
    let mut slow = platform.connect();
    slow.send(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
    while platform.event("log")["message"] != "begun" {}
    let program = program(&platform);
    platform.signal(Signal::TERM);
    platform.event("draining");
    std::fs::write(platform.path("users/go.log"), "").expect("written");
    assert_eq!(slow.answer("GET").expect("an answer").text(), "1 hello one");
    assert!(platform.wait().success());
    assert!(rustix::process::test_kill_process(program).is_err(), "it has ended");
}

#[test]
fn a_process_that_never_serves_keeps_the_stack_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = MANIFEST.replace("restart:", "start_timeout: 500ms\n    restart:");
    let deaf = "import time\nprint('not listening', flush=True)\ntime.sleep(600)\n";
    crate::platform::write(
        folder.path(),
        &[("tidegate.yaml", &manifest), ("users/server.py", deaf)],
    );
    let ended = up(folder.path(), &[]).output().expect("it ran");
    assert!(!ended.status.success());
    let problem: Value = serde_json::from_slice(&ended.stdout).expect("one event");
    let text = problem["message"].as_str().expect("text");
    assert!(text.starts_with("process `users`: it did not serve on port "), "{text}");
    assert!(text.ends_with("within 500ms\n  not listening"), "{text}");
}
