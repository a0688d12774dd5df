//! One function of each runtime, and what happens when functions misbehave.

use crate::TestPlatform;
use crate::http::get;
use crate::platform::descendants::Descendants;

const STACK: &str = "\
name: all
functions:
  python: { runtime: python3.11, code: python, handler: app.main.handler }
  node: { runtime: nodejs20.x, code: node, handler: index.handler }
  shell: { runtime: provided.al2023, code: shell }
apis:
  main:
    routes:
      ANY /python: { function: python }
      ANY /node: { function: node }
      ANY /shell: { function: shell }
";

const PYTHON: &str = "\
import os, sys, time

def handler(event, context):
    query = event.get('queryStringParameters') or {}
    if 'raise' in query:
        raise ValueError('no luck')
    if 'exit' in query:
        os._exit(7)
    if 'sleep' in query:
        time.sleep(float(query['sleep']))
    print('seen', event['rawPath'])
    left = context.get_remaining_time_in_millis()
    return {'statusCode': 200, 'body': f'python {context.function_name} {0 < left <= 3000}'}
";

const NODE: &str = "\
exports.handler = (event, context, callback) => {
  console.log('seen', event.rawPath);
  callback(null, { statusCode: 200, body: `node ${context.functionName}` });
};
";

/// The Runtime API needs no more than this.
const SHELL: &str = "\
#!/bin/sh
set -eu
api=\"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\"
while true; do
  head=$(mktemp)
  curl -sS -D \"$head\" -o /dev/null \"$api/next\"
  id=$(tr -d '\\r' < \"$head\" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  curl -sS -o /dev/null -X POST -d '{\"statusCode\":200,\"body\":\"shell\"}' \"$api/$id/response\"
done
";

fn start() -> TestPlatform {
    let files = [
        ("tidegate.yaml", STACK),
        ("python/app/__init__.py", ""),
        ("python/app/main.py", PYTHON),
        ("node/index.js", NODE),
    ];
    let folder_files: Vec<_> = files.into_iter().chain([("shell/bootstrap", SHELL)]).collect();
    TestPlatform::start_executable(&folder_files, "shell/bootstrap")
}

#[test]
fn every_runtime_answers() {
    let platform = start();
    assert_eq!(platform.get("/python").text(), "python python True");
    assert_eq!(platform.get("/node").text(), "node node");
    assert_eq!(platform.get("/shell").text(), "shell");
}

#[test]
fn the_admin_port_says_how_functions_stand() {
    let platform = start();
    platform.get("/node");
    let functions = platform.admin("GET", "/functions").json();
    let idle = |name: &str| {
        let all = functions.as_array().expect("a list");
        all.iter().find(|f| f["function"] == name).expect("it is there")["idle"].clone()
    };
    assert_eq!((idle("node"), idle("python")), (1.into(), 0.into()), "{functions}");
}

#[test]
fn what_functions_print_is_logged() {
    let platform = start();
    platform.get("/python");
    platform.get("/node");
    let logs = platform.tidegate(&["logs", "--function", "python"]).said();
    assert!(logs.out.contains("seen /python"), "{}", logs.out);
    assert!(!logs.out.contains("/node"), "{}", logs.out);
    let json = platform.tidegate(&["logs", "--output", "json"]).said();
    let lines = json.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    assert!(lines.iter().any(|line| line["function"] == "node" && line["requestId"].is_string()));
    assert!(lines.iter().any(|line| line["message"].to_string().contains("REPORT RequestId")));
}

#[test]
fn an_exception_is_logged_and_never_shown_to_the_client() {
    let platform = start();
    let answer = platform.get("/python?raise=1");
    assert_eq!((answer.status, answer.text()), (500, r#"{"message":"Internal Server Error"}"#));
    let logs = platform.tidegate(&["logs"]).said();
    assert!(logs.out.contains("no luck") && logs.out.contains("ValueError"), "{}", logs.out);
}

/// Clients learn nothing; whoever wrote the function does.
#[test]
fn a_malformed_answer_is_explained_on_the_screen_and_in_the_log() {
    let manifest = "\
name: wrong
functions:
  wrong: { runtime: python3.11, code: wrong, handler: index.handler }
apis: { main: { routes: { GET /: wrong } } }
";
    let code = "def handler(event, context): return {'statusCode': 200, 'body': {'a': 1}}";
    let platform = TestPlatform::start(&[("tidegate.yaml", manifest), ("wrong/index.py", code)]);
    let answer = platform.get("/");
    assert_eq!((answer.status, answer.text()), (500, r#"{"message":"Internal Server Error"}"#));
    let explained = "malformed reply: `body` is an object, not text";
    let shown = loop {
        let record = platform.event("log");
        if record["message"] == explained {
            break record;
        }
    };
    assert_eq!((&shown["function"], &shown["stream"]), (&"wrong".into(), &"platform".into()));
    assert!(shown["requestId"].is_string(), "{shown}");
    let logs = platform.tidegate(&["logs"]).said();
    assert!(logs.out.contains(explained), "{}", logs.out);
}

#[test]
fn a_crash_ends_one_invocation_and_not_the_function() {
    let platform = start();
    assert_eq!(platform.get("/python?exit=1").status, 500);
    assert_eq!(platform.get("/python").status, 200);
}

#[test]
fn a_timeout_ends_one_invocation_and_not_the_function() {
    let files = [
        (
            "tidegate.yaml",
            &*STACK
                .replace("handler: app.main.handler", "handler: app.main.handler, timeout: 200ms"),
        ),
        ("python/app/__init__.py", ""),
        ("python/app/main.py", PYTHON),
        ("node/index.js", NODE),
        ("shell/bootstrap", SHELL),
    ];
    let platform = TestPlatform::start_executable(&files, "shell/bootstrap");
    assert_eq!(platform.get("/python?sleep=30").status, 500);
    assert_eq!(platform.get("/python").status, 200);
}

#[test]
fn a_client_that_goes_away_costs_the_function_nothing() {
    let platform = start();
    assert_eq!(platform.get("/python").status, 200);
    for _ in 0..6 {
        let mut connection = platform.connect();
        connection.send(b"GET /python?sleep=0.05 HTTP/1.1\r\nhost: a\r\n\r\n");
    }
    assert_eq!(platform.get("/python").status, 200);
    let metrics = platform.admin("GET", "/metrics");
    let errors = metrics
        .text()
        .lines()
        .find(|l| l.starts_with("faas_errors_total{") && l.contains("python"));
    assert!(errors.is_none_or(|line| line.ends_with(" 0")), "{errors:?}");
}

/// The peer's default of one environment and no queue refuses the second of two callers.
#[test]
fn callers_over_the_concurrency_wait_and_are_then_refused() {
    let limited = "handler: app.main.handler, concurrency: 1, queue_wait: 5s";
    let files = [
        ("tidegate.yaml", &*STACK.replace("handler: app.main.handler", limited)),
        ("python/app/__init__.py", ""),
        ("python/app/main.py", PYTHON),
        ("node/index.js", NODE),
        ("shell/bootstrap", SHELL),
    ];
    let platform = TestPlatform::start_executable(&files, "shell/bootstrap");
    let api = &platform.api;
    let both = std::thread::scope(|scope| {
        let callers = [0, 1].map(|_| scope.spawn(|| get(api, "/python?sleep=0.1").status));
        callers.map(|caller| caller.join().expect("a caller"))
    });
    assert_eq!(both, [200, 200]);
    platform.save("tidegate.yaml", &files[0].1.replace("queue_wait: 5s", "queue_wait: 0ms"));
    platform.event("reload");
    let mut statuses = std::thread::scope(|scope| {
        let callers = [0, 1].map(|_| scope.spawn(|| get(api, "/python?sleep=1").status));
        callers.map(|caller| caller.join().expect("a caller"))
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
}

/// A peer stopped answering for good at 128 connections.
#[test]
fn hundreds_of_callers_at_once_are_all_answered() {
    let limited = "handler: app.main.handler, concurrency: 2, queue_wait: 1s";
    let files = [
        ("tidegate.yaml", &*STACK.replace("handler: app.main.handler", limited)),
        ("python/app/__init__.py", ""),
        ("python/app/main.py", PYTHON),
        ("node/index.js", NODE),
        ("shell/bootstrap", SHELL),
    ];
    let platform = TestPlatform::start_executable(&files, "shell/bootstrap");
    let mut callers: Vec<_> = (0..300).map(|_| platform.connect()).collect();
    for caller in &mut callers {
        caller.send(b"GET /python?sleep=0.01 HTTP/1.1\r\nhost: a\r\n\r\n");
    }
    for mut caller in callers {
        let answer = caller.answer("GET").expect("an answer");
        assert!([200, 429].contains(&answer.status), "{} {}", answer.status, answer.text());
    }
    assert_eq!(platform.get("/python").status, 200);
    let environments = Descendants::of(platform.pid()).named("python");
    assert!(environments <= 2, "{environments} environments");
}

/// All that runs goes with it, and functions are there again without a restart of the server.
#[test]
fn a_killed_launcher_is_replaced() {
    let platform = start();
    assert_eq!(platform.get("/python").status, 200);
    let family = Descendants::of(platform.pid());
    family.kill_launcher_of(platform.pid());
    let problem = platform.event("problem");
    let message = problem["message"].as_str().expect("text");
    assert!(message.contains("a new one is running"), "{message}");
    family.assert_gone();
    for path in ["/python", "/node", "/shell"] {
        assert_eq!(platform.get(path).status, 200, "{path}");
    }
}

/// A limit on addresses instead of memory breaks Node, and names are not patterns.
#[test]
fn node_works_within_the_least_memory() {
    let stack = "name: small\nfunctions:\n  \
                 node: { runtime: nodejs20.x, code: \"a [b]* c\", handler: index.handler, memory: 128MB }\n\
                 apis:\n  main:\n    routes:\n      ANY /: node\n";
    let platform = TestPlatform::start(&[("tidegate.yaml", stack), ("a [b]* c/index.js", NODE)]);
    for _ in 0..3 {
        assert_eq!(platform.get("/").text(), "node node");
    }
}
