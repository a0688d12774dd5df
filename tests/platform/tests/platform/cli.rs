//! Commands: what they print, and the exit codes that scripts rely on.

mod refused;
mod streams;

use crate::TestPlatform;
use crate::platform;
use crate::program::run;
use crate::up::HELLO;

const GREETER: &str = "\
name: greeter
functions:
  greet: { runtime: python3.11, code: greet, handler: index.handler }
apis:
  main:
    throttle: { by: ip, rate: 100/s, burst: 200 }
    routes:
      GET /: greet
      GET /old: { redirect: { status: 301, location: / } }
";

const GREET: &str = "\
def handler(event, context):
    print('greeting', event.get('name'))
    return f\"Hello, {event['name']}!\"
";

fn folder(files: &[platform::File<'_>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    platform::write(folder.path(), files);
    folder
}

#[test]
fn check_summarises_a_stack() {
    let folder = folder(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let said = run(folder.path(), &["check"]).said();
    insta::assert_snapshot!(said.snapshot(&[]), @r"
    exit 0
    -- stdout
    greeter: 1 function, 0 upstreams, 2 routes
      function greet  python3.11  128MB  3s
      GET /     -> function greet  100/s burst 200 by ip
      GET /old  -> redirect 301 /  100/s burst 200 by ip
    -- stderr
    ");
}

#[test]
fn check_says_which_hosts_routes_are_for() {
    let two = "\
name: two
apis:
  shop: { hosts: [shop.example, www.shop.example], routes: { $default: { mock: { body: shop } } } }
  rest: { routes: { $default: { mock: { body: rest } } } }
";
    let folder = folder(&[("tidegate.yaml", two)]);
    let said = run(folder.path(), &["check"]).said();
    insta::assert_snapshot!(said.snapshot(&[]), @r"
    exit 0
    -- stdout
    two: 0 functions, 0 upstreams, 2 routes
      api shop  shop.example, www.shop.example
      $default  -> mock 200
      api rest  any host
      $default  -> mock 200
    -- stderr
    ");
}

#[test]
fn check_shows_every_problem_at_once() {
    let broken = GREETER.replace("runtime:", "runtim:").replace("GET /old", "GTE /old");
    let folder = folder(&[("tidegate.yaml", &*broken), ("greet/index.py", GREET)]);
    let name = folder.path().display().to_string();
    let said = run(folder.path(), &["check"]).said();
    insta::assert_snapshot!(said.snapshot(&[(&name, "STACK")]), @r"
    exit 2
    -- stdout
    -- stderr
    E0201

      x unknown key `runtim`
       ,-[STACK/tidegate.yaml:3:12]
     2 | functions:
     3 |   greet: { runtim: python3.11, code: greet, handler: index.handler }
       :            ^^^|^^
       :               `-- not a key of a function
     4 | apis:
       `----
      help: did you mean `runtime`?

    E0601

      x `GTE /old` has the unknown method `GTE`
       ,-[STACK/tidegate.yaml:9:7]
     8 |       GET /: greet
     9 |       GTE /old: { redirect: { status: 301, location: / } }
       :       ^^^^^^^^
       `----
      help: did you mean `GET`?

    2 problems
    ");
    let json = run(folder.path(), &["check", "--output", "json"]).said();
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["ok"], false);
    assert!(json["problems"].as_array().is_some_and(|all| all.len() >= 2), "{json}");
}

#[test]
fn a_folder_without_a_manifest_is_told_what_to_do() {
    let folder = folder(&[("cdk.json", "{}"), (".git/HEAD", "")]);
    let name = folder.path().display().to_string();
    let said = run(folder.path(), &["check"]).said();
    insta::assert_snapshot!(said.snapshot(&[(&name, "FOLDER")]), @r"
    exit 2
    -- stdout
    -- stderr
    error: no tidegate.yaml in FOLDER; cdk.json is there, but no cdk.out
      help: run `cdk synth` first
    ");
}

#[test]
fn the_manifest_is_found_from_below() {
    let folder = folder(&[HELLO, ("functions/deep/x", "")]);
    let below = folder.path().join("functions/deep");
    assert_eq!(run(&below, &["check"]).said().exit, Some(0));
}

#[test]
fn invoke_prints_the_payload_and_the_log_apart() {
    let platform = TestPlatform::start(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let said = platform.tidegate(&["invoke", "greet", "--event", r#"{"name":"Ada"}"#]).said();
    assert_eq!((said.exit, said.out.as_str()), (Some(0), "\"Hello, Ada!\"\n"));
    assert!(said.err.contains("greeting Ada"), "{}", said.err);

    let piped =
        platform.tidegate(&["invoke", "greet", "-e", "-"]).input(br#"{"name":"Bo"}"#).said();
    assert_eq!(piped.out, "\"Hello, Bo!\"\n");
    std::fs::write(platform.path("event.json"), r#"{"name":"Cy"}"#).expect("written");
    assert_eq!(
        platform.tidegate(&["invoke", "greet", "-e", "event.json"]).said().out,
        "\"Hello, Cy!\"\n"
    );

    let json = platform
        .tidegate(&["invoke", "greet", "--output", "json", "-e", r#"{"name":"Di"}"#])
        .said();
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(
        (&json["payload"], &json["functionError"]),
        (&"Hello, Di!".into(), &serde_json::Value::Null)
    );
}

#[test]
fn invoke_has_an_exit_code_for_each_end() {
    let platform = TestPlatform::start(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let failed = platform.tidegate(&["invoke", "greet"]).said();
    assert_eq!(failed.exit, Some(3));
    let error: serde_json::Value = serde_json::from_str(&failed.out).expect("JSON");
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&"KeyError".into(), &"'name'".into())
    );
    assert_eq!(platform.tidegate(&["invoke", "nobody"]).said().exit, Some(4));
    assert_eq!(platform.tidegate(&["invoke", "greet", "-e", "{"]).said().exit, Some(2));
    assert_eq!(platform.tidegate(&["invoke", "greet", "-e", "no-such-file"]).said().exit, Some(2));
    let admin = platform.admin.clone();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let named =
        run(elsewhere.path(), &["invoke", "greet", "--admin", &admin, "-e", r#"{"name":"E"}"#]);
    assert_eq!(named.said().out, "\"Hello, E!\"\n");
}

#[test]
fn commands_without_a_server_say_how_to_start_one() {
    let folder = folder(&[HELLO]);
    let name = folder.path().display().to_string();
    let said = run(folder.path(), &["logs"]).said();
    insta::assert_snapshot!(said.snapshot(&[(&name, "STACK")]), @r"
    exit 1
    -- stdout
    -- stderr
    error: no server is running on STACK/.tidegate
      help: start one with `tidegate up`, or name one with --server NAME or --admin URL
    ");
}

#[test]
fn commands_without_a_stack_say_what_to_name() {
    let folder = folder(&[(".git/HEAD", "")]);
    let commands = [
        &["logs"][..],
        &["limits"],
        &["keys"],
        &["queues"],
        &["topics"],
        &["triggers"],
        &["schedules"],
        &["audit"],
        &["env"],
        &["backup", "file"],
        &["replay"],
        &["invoke", "hello"],
    ];
    for command in commands {
        let said = run(folder.path(), command).said();
        assert_eq!(said.exit, Some(2), "{said:?}");
        for flag in ["--dir", "--state", "--server", "--admin"] {
            assert!(said.err.contains(flag), "{said:?}");
        }
        assert!(!said.err.contains("tidegate init"), "{said:?}");
    }
    let said = run(folder.path(), &["restore", "file"]).said();
    assert!(said.err.contains("--dir") && said.err.contains("--state"), "{said:?}");
    let said = run(folder.path(), &["invoke", "hello", "--local"]).said();
    assert!(said.err.contains("--dir") && !said.err.contains("--admin"), "{said:?}");
}

#[test]
fn followed_logs_arrive_while_they_are_written() {
    use std::io::{BufRead, BufReader};
    let platform = TestPlatform::start(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let mut follower = std::process::Command::new(crate::program::tidegate())
        .args(["logs", "-f", "--admin", &platform.admin])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("tidegate starts");
    let mut lines = BufReader::new(follower.stdout.take().expect("piped")).lines();
    platform.tidegate(&["invoke", "greet", "-e", r#"{"name":"Ada"}"#]).said();
    let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains("greeting Ada"));
    follower.kill().expect("it still follows");
    follower.wait().expect("ended");
    assert!(found);
}

#[test]
fn logs_since_reach_back_over_a_restart() {
    let folder = folder(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let greet = |name: &str| {
        let platform = TestPlatform::serve_folder(folder.path());
        platform.tidegate(&["invoke", "greet", "-e", &format!(r#"{{"name":"{name}"}}"#)]).said();
        (
            platform.tidegate(&["logs"]).said().out,
            platform.tidegate(&["logs", "--since", "1h"]).said().out,
        )
    };
    greet("Ada");
    let (of_this_run, of_an_hour) = greet("Bo");
    assert!(!of_this_run.contains("greeting Ada"), "{of_this_run}");
    let places = ["greeting Ada", "greeting Bo"].map(|text| of_an_hour.find(text));
    assert!(places[0].is_some() && places[0] < places[1], "{of_an_hour}");
    assert_eq!(of_an_hour.matches("greeting Bo").count(), 1, "{of_an_hour}");
}

#[test]
fn logs_are_read_from_the_files_while_no_server_runs() {
    let folder = folder(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let invoke = ["invoke", "greet", "--local", "-e", r#"{"name":"Ada"}"#];
    assert_eq!(run(folder.path(), &invoke).said().exit, Some(0));
    for arguments in [&["logs"][..], &["logs", "--since", "1h"], &["logs", "--function", "greet"]] {
        let said = run(folder.path(), arguments).said();
        assert!(said.exit == Some(0) && said.out.contains("greeting Ada"), "{said:?}");
        assert!(said.err.contains("no server is running on"), "{said:?}");
    }
    let said = run(folder.path(), &["logs", "--output", "json"]).said();
    let lines = said.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    assert!(lines.iter().any(|line| line["message"] == "greeting Ada"), "{said:?}");
    let said = run(folder.path(), &["logs", "--function", "nobody"]).said();
    assert!(said.exit == Some(4) && said.out.is_empty(), "{said:?}");
    assert_eq!(run(folder.path(), &["logs", "--function", "../x"]).said().exit, Some(2));
    let said = run(folder.path(), &["logs", "--follow"]).said();
    assert!(said.exit == Some(1) && said.err.contains("no server is running"), "{said:?}");
}

#[test]
fn init_writes_stacks_that_work() {
    for template in ["python", "node"] {
        let folder = tempfile::tempdir().expect("a folder");
        let said = run(folder.path(), &["init", "hello", "--template", template]).said();
        assert_eq!(said.exit, Some(0), "{}", said.err);
        assert!(said.out.contains("tidegate up hello"), "{}", said.out);
        let again = run(folder.path(), &["init", "hello", "--template", template]).said();
        assert_eq!(again.exit, Some(1));
        assert!(again.err.contains("nothing was written"), "{}", again.err);
        let platform = TestPlatform::serve_folder(&folder.path().join("hello"));
        assert_eq!(platform.get("/hello/Ada").json()["message"], "Hello, Ada!", "{template}");
        assert_eq!(platform.get("/").json()["message"], "Hello, world!", "{template}");
    }
}

#[test]
fn init_writes_nothing_where_it_could_not_be_served() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("serverless.yml"), "service: there\n").expect("written");
    std::fs::write(folder.path().join("file"), "").expect("written");
    for (dir, name, help) in [
        (".", "serverless.yml describes a stack", "`tidegate up` serves it as it is"),
        ("file", "file is not a folder", "tidegate init DIR"),
        ("file/below", "file is not a folder", "tidegate init DIR"),
    ] {
        let said = run(folder.path(), &["init", dir]).said();
        assert_eq!(said.exit, Some(1), "{}", said.out);
        let named = format!("{name}; nothing was written");
        assert!(said.err.contains(&named) && said.err.contains(help), "{}", said.err);
    }
    assert!(!folder.path().join("tidegate.yaml").exists());
}

#[test]
fn init_for_rust_is_a_valid_stack() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["init", ".", "--template", "rust"]).said();
    let said = run(folder.path(), &["check"]).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
}

#[test]
fn doctor_reports_in_both_formats() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = run(folder.path(), &["doctor"]).said();
    assert!(text.out.contains("python3") && text.out.contains("landlock"), "{}", text.out);
    let json = run(folder.path(), &["doctor", "--output", "json"]).said();
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let topics: std::collections::BTreeSet<_> = json["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| f["topic"].to_string())
        .collect();
    assert_eq!(topics.len(), 5, "{topics:?}");
}

#[test]
fn doctor_looks_at_the_store_of_a_stack() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = crate::redis::Redis::start();
    let manifest = "name: s\nlimits_store: \"${param:store}\"\nparameters: { store: { type: string } }\n\
                    apis: { a: { routes: { GET /: { mock: { body: hello } } } } }\n";
    std::fs::write(folder.path().join("tidegate.yaml"), manifest).expect("written");
    let doctor = |url: String| {
        let set = format!("store={url}");
        let said = run(folder.path(), &["doctor", "--output", "json", "--set", &set]).said();
        let json: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        let findings = json["findings"].as_array().expect("a list").clone();
        findings.into_iter().filter(|finding| finding["topic"] == "limit store").collect::<Vec<_>>()
    };
    let well = doctor(store.url());
    assert_eq!(well[0]["status"], "ok", "{well:?}");
    assert!(
        well[0]["detail"].as_str().is_some_and(|said| said.ends_with("keeps limits")),
        "{well:?}"
    );
    assert_eq!(well[1]["help"], "set `appendonly yes`", "{well:?}");
    let dead = doctor("redis://127.0.0.1:1".to_owned());
    assert_eq!(dead[0]["status"], "broken", "{dead:?}");
    assert_eq!(dead[0]["help"], "look at its address and whether it runs", "{dead:?}");
}

#[test]
fn completions_manual_and_schema_are_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let bash = run(folder.path(), &["completions", "bash"]).said();
    assert!(bash.out.contains("_tidegate()"));
    assert!(run(folder.path(), &["man"]).said().out.contains(".TH tidegate"));
    assert_eq!(run(folder.path(), &["man", "pages"]).said().exit, Some(0));
    assert!(folder.path().join("pages/tidegate-up.1").exists());
    let schema = run(folder.path(), &["schema"]).said();
    let schema: serde_json::Value = serde_json::from_str(&schema.out).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn help_teaches() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = run(folder.path(), &["--help"]).said();
    insta::assert_snapshot!(said.out, @r"
    A serverless platform in one binary: an API gateway that enforces what you declare, and functions
    written for AWS Lambda that run unchanged behind it

    Usage: tidegate <COMMAND>

    Commands:
      up              Serve a stack, and reload it on every save [alias: start]
      serve           Serve many stacks, which `tidegate deploy` brings
      service         Run `tidegate serve` as a service of systemd
      deploy          Bring a stack to a server that `tidegate serve` started
      diff            Show what a deployment would change on the server, and what traffic it touches
      rollback        Go back to an earlier revision of a deployed stack
      ls              List the stacks that are deployed to a server
      outputs         Show where a deployed stack is reached: its URLs and ARNs
      destroy         End a deployed stack, with everything it has
      login           Remember a server and its admin token
      logout          Forget a server that `tidegate login` remembers, with its token
      token           Print the admin token of this machine's server, or make another one
      check           Check a manifest and show what it resolves to
      synth           Print what a stack comes to
      import          Write a tidegate.yaml that says what a template says
      export          Write a stack as a template of AWS SAM, to be deployed to AWS by `sam deploy`
      invoke          Run a function with an event
      replay          Run a recorded request or event again, or list what is recorded
      generate-event  Print an event as a source would send it
      logs            Show what functions and processes wrote, and follow it
      limits          Show what limits did and where callers stand; pause, resume, reset or try one out
      keys            API keys of callers: list, create, rotate, close, and what they consumed
      queues          Show what waits in queues and for how long; peek, send, redrive and purge
      schedules       Show when schedules ran and are due next; run one now
      topics          Show topics, and who gets their messages
      triggers        Show which functions get the messages of which queues, and what waits for them
      audit           Show who changed what on the running server, the latest first
      backup          Copy what the running server keeps into a file, and say what to copy beside it
      restore         Put a backup in the place of what a stopped server keeps
      env             Print exports for a shell whose AWS clients reach the running server
      init            Write a small working stack into a folder
      doctor          Say what this machine has and lacks for running stacks
      schema          Print the JSON Schema of tidegate.yaml
      completions     Print the completion script of a shell
      man             Write the manual pages into a folder, or print the main one

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Start here:
      tidegate init hello --template python   write a small stack into ./hello
      tidegate up hello                       serve it, and reload on every save
      curl http://127.0.0.1:3000/

    Every flag of `up` can be set as TIDEGATE_<FLAG>; a flag wins over the environment.
    ");
    for command in ["up", "check", "invoke", "logs", "queues", "schedules", "init", "doctor"] {
        let said = run(folder.path(), &[command, "--help"]).said();
        assert!(said.out.contains("Examples:"), "{command}");
    }
}

#[test]
fn a_value_of_a_parameter_may_have_commas() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = "\
name: commas
parameters: { ids: { type: string }, status: { type: number } }
apis:
  main:
    routes:
      GET /: { mock: { body: \"${param:ids}\", status: \"${param:status}\" } }
";
    platform::write(folder.path(), &[("tidegate.yaml", stack)]);
    for given in
        [&["--set", "ids=a,b", "--set", "status=202"][..], &["--set", "ids=a,b,status=202"]]
    {
        let arguments = [&["check", "--output", "json"], given].concat();
        let said = run(folder.path(), &arguments).said();
        assert_eq!(said.exit, Some(0), "{}", said.out);
        assert!(said.out.contains(r#""status":202"#), "{}", said.out);
        assert!(said.out.contains(r#""body":"a,b""#), "{}", said.out);
    }
}
