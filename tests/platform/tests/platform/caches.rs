//! Caches: real Redis and Valkey servers that the platform runs for a stack.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::TestPlatform;
use crate::patience::until;
use crate::platform::{File, up};
use crate::program::repository;
use crate::redis::Redis;

const MANIFEST: &str = "\
name: cached
caches:
  state: { engine: redis, memory: 32MB }
functions:
  tell:
    runtime: python3.11
    code: tell
    handler: index.handler
    environment:
      URL: \"${cache:state.url}\"
      PLACE: \"${cache:state.host}:${cache:state.port}\"
      PASSWORD: \"${cache:state.password}\"
      API: \"${api:main.url}\"
apis:
  main:
    routes:
      GET /: tell
";

/// Sends the commands of the query, one on each line, and answers what was said to the last.
const TELL: &str = r#"
import os, socket

def handler(event, context):
    commands = event.get("queryStringParameters", {}).get("do")
    if not commands:
        return [os.environ[name] for name in ("URL", "PLACE", "PASSWORD", "API")]
    host, port = os.environ["PLACE"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), 5) as connection:
        answers = connection.makefile("rb")
        for command in commands.split(";"):
            connection.sendall(command.encode() + b"\r\n")
            answer = answers.readline().decode().strip()
            if answer.startswith("$") and answer != "$-1":
                answer = answers.read(int(answer[1:]) + 2).decode().strip()
        return answer
"#;

fn files(manifest: &str) -> [File<'_>; 2] {
    [("tidegate.yaml", manifest), ("tell/index.py", TELL)]
}

/// Name, place, password and API, as the function sees them.
fn known(platform: &TestPlatform) -> [String; 4] {
    serde_json::from_slice(platform.get("/").text().as_bytes()).expect("four texts")
}

/// What the cache says to a function that knows its password.
fn tell(platform: &TestPlatform, command: &str) -> String {
    let [_, _, password, _] = known(platform);
    let commands = [format!("AUTH {password}"), command.to_owned()].join(";");
    platform.get(&format!("/?do={}", commands.replace(' ', "%20"))).text().trim().to_owned()
}

fn status(platform: &TestPlatform) -> Value {
    platform.admin("GET", "/processes").json()[0].clone()
}

fn waits_for(platform: &TestPlatform, expected: &str) {
    until("it says so again", || tell(platform, "GET kept") == expected);
}

#[test]
fn a_cache_serves_before_its_functions_do_and_only_who_knows_its_password() {
    let platform = TestPlatform::start(&files(MANIFEST));
    let [url, place, password, api] = known(&platform);
    assert_eq!(url, format!("redis://:{password}@{place}"));
    assert_eq!(place.split_once(':').expect("a place").0, "127.0.0.1");
    assert_eq!(api, platform.api);
    assert_eq!(tell(&platform, "SET kept 1"), "+OK");
    assert_eq!(tell(&platform, "GET kept"), "1");
    assert!(platform.get("/?do=GET%20kept").text().contains("NOAUTH"));
    assert!(tell(&platform, "CONFIG GET maxmemory").starts_with('*'));
    let file = platform.path(".tidegate/caches/state/password");
    assert_eq!(std::fs::metadata(&file).expect("a file").mode() & 0o777, 0o600);
    // Nobody else on this machine reads it off the server's arguments, and the stack does not show it.
    for answer in [platform.admin("GET", "/stack"), platform.admin("GET", "/processes")] {
        assert!(!answer.text().contains(&password), "{}", answer.text());
    }
    assert_eq!(status(&platform)["process"], "state");
    let logged = platform.tidegate(&["logs", "--process", "state"]).said();
    assert!(logged.out.contains("Ready to accept connections"), "{}", logged.out);
}

#[test]
fn data_survives_a_kill_a_reload_a_change_of_settings_and_the_servers_end() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &files(MANIFEST));
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    let before = known(&platform);

    // Its settings change: it is started again in the same place.
    platform.save("tidegate.yaml", &MANIFEST.replace("32MB", "48MB"));
    let changes = platform.event("reload")["changes"].clone();
    assert_eq!(changes, json!(["~ cache state", "    memory: 32MB -> 48MB"]));
    assert_eq!(known(&platform), before);
    assert_eq!(tell(&platform, "GET kept"), "7");

    // What does not concern it does not touch it.
    let pid = status(&platform)["pid"].clone();
    platform.save(
        "tidegate.yaml",
        &format!("{}      GET /other: tell\n", MANIFEST.replace("32MB", "48MB")),
    );
    platform.event("reload");
    assert_eq!(status(&platform)["pid"], pid);

    let first = i32::try_from(pid.as_i64().expect("a process")).expect("a number");
    // Every write is in the log once it is answered, since the kernel has it then.
    kill_process(Pid::from_raw(first).expect("not zero"), Signal::KILL).expect("it is there");
    until("it was started again", || status(&platform)["restarts"] == 1);
    waits_for(&platform, "7");
    drop(platform);

    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(tell(&platform, "GET kept"), "7");
    assert_eq!(known(&platform)[2], before[2], "the password stays");
}

#[test]
fn settings_that_do_not_work_here_leave_it_as_it_was() {
    let platform = TestPlatform::start(&files(MANIFEST));
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    platform.save("tidegate.yaml", &MANIFEST.replace("memory: 32MB", "version: \"99\""));
    let message = platform.event("problem")["message"].as_str().expect("text").to_owned();
    assert!(message.starts_with("cache `state`: `redis-server` is version "), "{message}");
    assert!(message.ends_with("not 99; install that, or name a running server with `url`"));
    assert_eq!(tell(&platform, "GET kept"), "7");
}

#[test]
fn whether_a_cache_has_a_password_stays_while_the_server_runs() {
    let platform = TestPlatform::start(&files(MANIFEST));
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    let before = known(&platform);
    platform.save("tidegate.yaml", &MANIFEST.replace("32MB", "32MB, password: false"));
    let message = platform.event("problem")["message"].as_str().expect("text").to_owned();
    let expected = "a running server cannot change whether cache `state` has a `password`; stop it";
    assert!(message.contains(expected), "{message}");
    assert_eq!(known(&platform), before);
    assert_eq!(tell(&platform, "GET kept"), "7");
}

#[test]
fn a_cache_with_all_the_clients_it_may_have_is_not_killed() {
    let platform = TestPlatform::start(&files(MANIFEST));
    let [_, place, password, _] = known(&platform);
    let mut client = TcpStream::connect(place).expect("a connection");
    let mut answers = BufReader::new(client.try_clone().expect("the same connection"));
    let mut ask = |command: &str| {
        client.write_all(format!("{command}\r\n").as_bytes()).expect("it listens");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("it answers");
        answer.trim().to_owned()
    };
    assert_eq!(ask(&format!("AUTH {password}")), "+OK");
    assert_eq!(ask("CONFIG SET maxclients 1"), "+OK");
    // What counts the refusals is asked without another connection.
    let script =
        "EVAL \"return string.match(redis.call('INFO','stats'),'rejected_connections:(%d+)')+0\" 0";
    until("the checks were refused", || {
        let refused = ask(script);
        refused.trim_start_matches(':').parse::<u32>().expect(&refused) > 3
    });
    assert_eq!(status(&platform)["restarts"], 0);
    assert_eq!(ask("CONFIG SET maxclients 900"), "+OK");
}

#[test]
fn a_cache_that_could_not_be_started_again_is_started_by_the_next_reload() {
    let platform = TestPlatform::start(&files(MANIFEST));
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    let data = platform.path(".tidegate/caches/state/data/appendonlydir");
    let log =
        std::fs::read_dir(&data).expect("its folder").map(|file| file.expect("a file").path());
    let log = log.into_iter().find(|file| file.to_string_lossy().ends_with(".incr.aof"));
    let log = log.expect("a log of writes");
    let whole = std::fs::read(&log).expect("its text");
    // Neither as it is to be nor as it was can it read this.
    std::fs::write(&log, "this is no command\r\n".repeat(10)).expect("written");
    platform.save("tidegate.yaml", &MANIFEST.replace("32MB", "48MB"));
    let message = platform.event("problem")["message"].as_str().expect("text").to_owned();
    assert!(message.contains("and then: "), "{message}");
    std::fs::write(&log, whole).expect("written");
    platform.save("tidegate.yaml", MANIFEST);
    platform.event("reload");
    platform.event("reload");
    assert_eq!(tell(&platform, "GET kept"), "7");
}

#[test]
fn a_cache_that_keeps_nothing_begins_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let forgetful = MANIFEST.replace("memory: 32MB", "memory: 2MB, persistent: false");
    crate::platform::write(folder.path(), &files(MANIFEST));
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    platform.save("tidegate.yaml", &forgetful);
    platform.event("reload");
    assert_eq!(tell(&platform, "GET kept"), "$-1");
    assert_eq!(tell(&platform, "SET kept 8"), "+OK");
    // Nor comes back what it knew before it was told to forget.
    platform.save("tidegate.yaml", MANIFEST);
    platform.event("reload");
    assert_eq!(tell(&platform, "GET kept"), "$-1");
}

#[test]
fn a_full_cache_refuses_or_makes_room() {
    let small = MANIFEST.replace("32MB", "2MB");
    let platform = TestPlatform::start(&files(&small));
    assert_eq!(tell(&platform, "SETRANGE big 3000000 x"), ":3000001");
    assert!(tell(&platform, "SET more 1").contains("OOM"));
    platform.save("tidegate.yaml", &small.replace("2MB", "2MB, when_full: evict"));
    platform.event("reload");
    assert_eq!(tell(&platform, "SET more 1"), "+OK");
    assert_eq!(tell(&platform, "EXISTS big"), ":0");
}

#[test]
fn valkey_comes_first_where_it_is_installed() {
    let valkey = repository().join("target/tools/valkey/usr/bin");
    assert!(valkey.join("valkey-server").exists(), "valkey-server is missing: run scripts/setup");
    #[expect(clippy::disallowed_methods, reason = "the rest of the path is the test's own")]
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", valkey.display());
    let either = MANIFEST.replace("engine: redis, ", "");
    let platform = TestPlatform::start_with_variable(&files(&either), &[], ("PATH", &path));
    assert_eq!(tell(&platform, "SET kept 7"), "+OK");
    assert!(tell(&platform, "INFO server").contains("server_name:valkey"));
    platform.save("tidegate.yaml", &MANIFEST.replace("engine: redis", "engine: valkey"));
    platform.event("reload");
    waits_for(&platform, "7");
}

#[test]
fn a_running_server_is_used_where_one_is_named() {
    let redis = Redis::start();
    let manifest = MANIFEST.replace("{ engine: redis, memory: 32MB }", &redis.url());
    let platform = TestPlatform::start(&files(&manifest));
    assert_eq!(platform.get("/?do=SET%20kept%207").text().trim(), "+OK");
    assert_eq!(redis.tell(&["GET", "kept"]).trim(), "7");
    assert_eq!(platform.admin("GET", "/processes").text(), "[]\n");
}

#[test]
fn what_is_not_installed_is_named_with_two_ways_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "name: cached\ncaches: { state: {} }\n";
    crate::platform::write(folder.path(), &[("tidegate.yaml", manifest)]);
    let ended = up(folder.path(), &[]).env("PATH", folder.path()).output().expect("it ran");
    assert!(!ended.status.success());
    let problem: Value = serde_json::from_slice(&ended.stdout).expect("one event");
    assert_eq!(
        problem["message"],
        "cache `state`: `valkey-server` and `redis-server` are not in PATH; install the package \
         `valkey-server` or `redis-server`, or name a running server with `url`"
    );
}

#[test]
fn a_cache_may_count_limits_and_so_remembers_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "\
name: counted
caches: { state: { engine: redis } }
limits_store: { url: \"${cache:state.url}\", timeout: 5s }
apis:
  main:
    throttle: { by: ip, rate: 1/h, burst: 3 }
    routes: { GET /: { mock: { body: ok } } }
";
    crate::platform::write(folder.path(), &[("tidegate.yaml", manifest)]);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!([200, 200], [platform.get("/").status, platform.get("/").status]);
    drop(platform);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!([200, 429], [platform.get("/").status, platform.get("/").status]);
}
