//! The end: what had begun is answered, and nothing is left behind.

use rustix::process::Signal;

use crate::TestPlatform;
use crate::platform::descendants::Descendants;

const SLOW: &str = "\
name: slow
functions:
  slow: { runtime: python3.11, code: slow, handler: index.handler, timeout: 30s }
apis:
  main:
    routes:
      GET /: slow
";

/// Writes a file when it has begun, so that a test knows.
const CODE: &str = "\
import time

def handler(event, context):
    print('begun')
    time.sleep(float(event['queryStringParameters']['for']))
    return 'done'
";

fn start() -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", SLOW), ("slow/index.py", CODE)])
}

fn wait_until_begun(platform: &TestPlatform) {
    while !platform.event("log")["message"].as_str().is_some_and(|text| text.contains("begun")) {}
}

#[test]
fn a_request_in_flight_is_answered() {
    let mut platform = start();
    let mut connection = platform.connect();
    connection.send(b"GET /?for=0.5 HTTP/1.1\r\nhost: a\r\n\r\n");
    wait_until_begun(&platform);
    platform.signal(Signal::TERM);
    platform.event("draining");
    assert_eq!(connection.answer("GET").expect("an answer").text(), "done");
    let stopped = platform.event("stopped");
    assert_eq!(stopped["cut"], 0);
    assert!(platform.wait().success());
}

#[test]
fn readiness_fails_while_a_drain_lasts() {
    let mut platform = start();
    let mut connection = platform.connect();
    connection.send(b"GET /?for=0.5 HTTP/1.1\r\nhost: a\r\n\r\n");
    wait_until_begun(&platform);
    platform.signal(Signal::INT);
    platform.event("draining");
    assert_eq!(platform.admin("GET", "/readyz").status, 503);
    assert_eq!(platform.admin("GET", "/healthz").status, 200);
    connection.answer("GET").expect("an answer");
    assert!(platform.wait().success());
}

/// A build of minutes must not hold the user up.
#[test]
fn a_signal_ends_a_build() {
    use std::io::Read;
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = SLOW.replace("code: slow,", "code: slow, build: python,");
    // A package whose own build never ends.
    let setup = "import sys, time\nsys.stdout.flush()\nopen(sys.argv[0] + '.begun', 'w').close()\ntime.sleep(600)\n";
    let files = [
        ("tidegate.yaml", &*manifest),
        ("slow/index.py", CODE),
        ("slow/requirements.txt", "./package\n"),
        ("slow/package/setup.py", setup),
    ];
    crate::platform::write(folder.path(), &files);
    let mut command = crate::platform::up(folder.path(), &[]);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("tidegate starts");
    // The first words about the build.
    child.stderr.take().expect("piped").read_exact(&mut [0; 4]).expect("progress");
    let family = Descendants::of(rustix::process::Pid::from_child(&child));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT)
        .expect("sent");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    family.assert_gone();
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut platform = start();
    let mut connection = platform.connect();
    connection.send(b"GET /?for=25 HTTP/1.1\r\nhost: a\r\n\r\n");
    wait_until_begun(&platform);
    let family = Descendants::of(platform.pid());
    platform.signal(Signal::INT);
    platform.event("draining");
    platform.signal(Signal::INT);
    assert_eq!(platform.wait().code(), Some(130));
    family.assert_gone();
}

/// Even a server that is killed takes its functions along.
#[test]
fn a_killed_server_leaves_no_process() {
    let mut platform = start();
    let mut connection = platform.connect();
    connection.send(b"GET /?for=25 HTTP/1.1\r\nhost: a\r\n\r\n");
    wait_until_begun(&platform);
    let family = Descendants::of(platform.pid());
    assert!(family.count() >= 2, "a launcher and an environment: {family:?}");
    platform.signal(Signal::KILL);
    platform.wait();
    family.assert_gone();
}

#[test]
fn a_kept_alive_connection_gets_its_next_answer() {
    let mut platform = start();
    let mut kept = platform.connect();
    assert_eq!(kept.request("GET", "/?for=0", &[], b"").status, 200);
    let mut busy = platform.connect();
    busy.send(b"GET /?for=1 HTTP/1.1\r\nhost: a\r\n\r\n");
    wait_until_begun(&platform);
    wait_until_begun(&platform);
    platform.signal(Signal::TERM);
    platform.event("draining");
    // A worker may hear of the drain a request later; until it says so, it must answer.
    loop {
        let answer = kept.request("GET", "/nothing", &[], b"");
        assert_eq!(answer.status, 404);
        if answer.header("connection") == Some("close") {
            break;
        }
    }
    busy.answer("GET").expect("an answer");
    assert!(platform.wait().success());
}
