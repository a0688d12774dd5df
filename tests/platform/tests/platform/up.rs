//! The start: what a user sees first, and what stops it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::platform::{self, TestPlatform};
use crate::program;

pub(crate) const HELLO: (&str, &str) = (
    "tidegate.yaml",
    "name: hello\napis:\n  main:\n    routes:\n      GET /: { mock: { body: hello } }\n",
);

#[test]
fn the_first_line_says_where_everything_is() {
    let platform = TestPlatform::start(&[HELLO]);
    for url in [&platform.api, &platform.admin, &platform.aws] {
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    }
    assert_eq!(platform.get("/").text(), "hello");
}

#[test]
fn health_readiness_metrics_and_the_stack_are_on_the_admin_port() {
    let platform = TestPlatform::start(&[HELLO]);
    assert_eq!(platform.get("/").status, 200);
    assert_eq!(platform.admin("GET", "/healthz").text(), "ok\n");
    assert_eq!(platform.admin("GET", "/readyz").text(), "ready\n");
    assert_eq!(platform.admin("GET", "/stack").json()["name"], "hello");
    assert_eq!(platform.admin("GET", "/addresses").json()["api"], platform.api.as_str());
    let metrics = platform.admin("GET", "/metrics");
    for name in [
        "http_server_request_duration_seconds_count",
        "tidegate_connections_accepted_total",
        "process_resident_memory_bytes",
    ] {
        assert!(metrics.text().contains(&format!("\n{name}")), "{name}:\n{}", metrics.text());
    }
    let refused = platform.admin("DELETE", "/reload");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST")));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(platform.admin("GET", "/nothing").status, 404);
}

/// Each name has one type, each sample belongs to a name, and no sample is there twice: what a
/// scraper checks.
#[test]
fn metrics_are_one_well_formed_text() {
    let platform = TestPlatform::start(&[HELLO]);
    platform.get("/");
    let metrics = platform.admin("GET", "/metrics");
    let (mut types, mut samples) =
        (std::collections::HashSet::new(), std::collections::HashSet::new());
    for line in metrics.text().lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let name = kind.split(' ').next().expect("a name");
            assert!(types.insert(name.to_owned()), "{name} has two types");
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(samples.insert(sample.to_owned()), "{sample} is there twice");
            let name = sample.split('{').next().expect("a name");
            let family =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = types.contains(name) || family.is_some_and(|name| types.contains(name));
            assert!(known, "{name} has no type");
        }
    }
}

#[test]
fn a_taken_port_names_its_flag() {
    let platform = TestPlatform::start(&[HELLO]);
    let port = platform.api.rsplit(':').next().expect("a port");
    let other = tempfile::tempdir().expect("a folder");
    platform::write(other.path(), &[HELLO]);
    // `start` is its other name.
    let arguments = ["start", "--port", port, "--admin-port", "0", "--aws-port", "0"];
    let said = program::run(other.path(), &arguments);
    insta::assert_snapshot!(said.said().snapshot(&[(port, "PORT")]), @r"
    exit 1
    -- stdout
    -- stderr
    error: cannot listen on 127.0.0.1:PORT: Address already in use (os error 98)
      help: choose another port with --port PORT; --port 0 takes a free one
    ");
}

#[test]
fn one_state_folder_serves_one_server() {
    let platform = TestPlatform::start(&[HELLO]);
    let folder = platform.folder().display().to_string();
    let pid = platform.pid().as_raw_nonzero().to_string();
    let arguments = ["up", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let said = platform.tidegate(&arguments).said();
    insta::assert_snapshot!(said.snapshot(&[(&folder, "STACK"), (&pid, "PID")]), @r"
    exit 1
    -- stdout
    -- stderr
    error: state folder STACK/.tidegate is in use by another server (process PID)
      help: stop that server, or give this one its own folder with --state DIR
    ");
}

#[test]
fn a_server_that_cannot_say_where_it_is_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), &[HELLO]);
    std::fs::create_dir_all(folder.path().join(".tidegate/server.json")).expect("a folder");
    let arguments = ["up", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let said = program::run(folder.path(), &arguments).said();
    let place = folder.path().display().to_string();
    insta::assert_snapshot!(said.snapshot(&[(&place, "STACK")]), @r"
    exit 1
    -- stdout
    -- stderr
    error: state folder STACK/.tidegate: server.json: Is a directory (os error 21)
      help: --state DIR chooses another folder
    ");
}

/// Nothing ran before a start.
#[test]
fn code_that_cannot_be_read_is_said_without_a_word_about_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack =
        "name: a\nfunctions:\n  app: { runtime: python3.11, code: app, handler: index.handler }\n";
    platform::write(
        folder.path(),
        &[("tidegate.yaml", stack), ("app/index.py", "def handler(event, context:\n")],
    );
    let mut server = Command::new(program::tidegate())
        .arg("up")
        .arg(folder.path())
        .args(["--port", "0", "--admin-port", "0", "--aws-port", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tidegate runs");
    let told = BufReader::new(server.stderr.take().expect("piped")).lines();
    let mut told = told.map(|line| line.expect("text"));
    let title = told.find(|line| line.starts_with("problem"));
    let reason = told.next().unwrap_or_default();
    server.kill().expect("killed");
    server.wait().expect("ended");
    assert_eq!(title.as_deref(), Some("problem:"));
    assert!(reason.starts_with("function `app`: index.py:1: SyntaxError"), "{reason}");
}

#[test]
fn programs_read_why_a_start_failed() {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(
        folder.path(),
        &[("tidegate.yaml", "name: a\napis: { main: { routez: {} } }\n")],
    );
    let output = platform::up(folder.path(), &[]).output().expect("tidegate runs");
    assert_eq!(output.status.code(), Some(2));
    let event: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("one line of JSON");
    assert_eq!(event["event"], "problem");
    let problem = &event["problems"][0];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(2), &json!(17)), "{event}");
}

#[test]
fn flags_can_be_set_in_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), &[HELLO]);
    let state = folder.path().join("elsewhere");
    std::fs::write(folder.path().join("elsewhere"), "not a folder").expect("written");
    let said = program::run(folder.path(), &["up"])
        .env("TIDEGATE_STATE", state.to_str().expect("UTF-8"))
        .said();
    assert_eq!(said.exit, Some(1));
    assert!(said.err.contains("elsewhere") && said.err.contains("--state DIR"), "{}", said.err);
}

#[test]
fn a_text_start_shows_routes_and_their_targets() {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), &[HELLO]);
    let said = program::run(folder.path(), &["check"]).said();
    insta::assert_snapshot!(said.snapshot(&[]), @r"
    exit 0
    -- stdout
    hello: 0 functions, 0 upstreams, 1 route
      GET /  -> mock 200
    -- stderr
    ");
}

#[test]
fn more_workers_than_one_share_the_port() {
    let platform = TestPlatform::start_with(&[HELLO], &["--workers", "3"]);
    for _ in 0..20 {
        assert_eq!(platform.get("/").text(), "hello");
    }
}

/// Programs may read the first line and no other.
#[test]
fn a_reader_that_stops_reading_does_not_stop_the_server() {
    use std::io::{BufRead, BufReader};
    let stack = "name: loud\nfunctions:\n  loud: { runtime: python3.11, code: loud, handler: i.h }\n\
                 apis:\n  main:\n    routes:\n      GET /: loud\n";
    let code = "def h(event, context):\n    print('x' * 60000)\n    return 'said'\n";
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), &[("tidegate.yaml", stack), ("loud/i.py", code)]);
    let mut child = platform::up(folder.path(), &[]).spawn().expect("tidegate starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    out.read_line(&mut first).expect("a line");
    let ready: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    let api = ready["api"].as_str().expect("a URL");
    for _ in 0..20 {
        assert_eq!(crate::http::get(api, "/").text(), "said");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    assert!(child.wait().expect("ended").success());
}

/// What the machine's table of sockets says, not what the server says.
#[test]
fn every_port_is_open_on_this_machine_only() {
    let platform = TestPlatform::start(&[HELLO]);
    let listening = listening(&platform);
    assert_eq!(listening.len(), 3 + workers() - 1, "{listening:?}");
    assert!(listening.iter().all(|address| address.starts_with("0100007F:")), "{listening:?}");
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Local addresses of the server's listening sockets, as the kernel writes them: in network order,
/// hexadecimal.
fn listening(platform: &TestPlatform) -> Vec<String> {
    let folder = format!("/proc/{}", platform.pid().as_raw_nonzero());
    let files = std::fs::read_dir(format!("{folder}/fd")).expect("descriptors").flatten();
    let targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    let sockets: std::collections::HashSet<String> =
        targets.map(|target| target.display().to_string()).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = std::fs::read_to_string(format!("{folder}/net/{table}")).unwrap_or_default();
        for row in table.lines().skip(1) {
            let fields: Vec<&str> = row.split_whitespace().collect();
            let (address, state, inode) = (fields[1], fields[3], fields[9]);
            if state == "0A" && sockets.contains(&format!("socket:[{inode}]")) {
                found.push(address.to_owned());
            }
        }
    }
    found
}

/// Drawn for people where there is a terminal, as `check` does.
#[test]
fn a_terminal_shows_where_a_manifest_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = HELLO.1.replace("routes", "routez");
    platform::write(folder.path(), &[("tidegate.yaml", &*broken)]);
    let program =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let output = std::process::Command::new("python3")
        .args(["-c", program])
        .arg(crate::program::tidegate())
        .arg("up")
        .arg(folder.path())
        .args(["--port", "0", "--admin-port", "0", "--aws-port", "0"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("python runs");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("╭") && shown.contains("did you mean `routes`?"), "{shown}");
}
