//! Saving: the new version goes live when it works, and a mistake changes nothing.

use crate::TestPlatform;
use crate::up::HELLO;

fn manifest(body: &str) -> String {
    HELLO.1.replace("body: hello", &format!("body: {body}"))
}

const FUNCTION: &str = "\
name: app
functions:
  app: { runtime: python3.11, code: app, handler: index.handler }
apis:
  main:
    routes:
      GET /: { function: app }
";

fn python(says: &str) -> String {
    format!("def handler(event, context):\n    return {says:?}\n")
}

#[test]
fn a_saved_manifest_goes_live() {
    let platform = TestPlatform::start(&[HELLO]);
    platform.save("tidegate.yaml", &manifest("changed"));
    let reload = platform.event("reload");
    assert_eq!(platform.get("/").text(), "changed");
    assert!(reload["changes"][0].as_str().expect("a line").contains("GET /"), "{reload}");
}

#[test]
fn a_broken_manifest_keeps_the_old_state_and_says_where() {
    let platform = TestPlatform::start(&[HELLO]);
    platform.save("tidegate.yaml", &HELLO.1.replace("routes", "routez"));
    let problem = platform.event("problem");
    assert_eq!(problem["problems"][0]["line"], 4, "{problem}");
    assert_eq!(platform.get("/").text(), "hello");
    platform.save("tidegate.yaml", &manifest("repaired"));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "repaired");
}

#[test]
fn saved_code_goes_live_and_the_running_version_answers_until_then() {
    let platform =
        TestPlatform::start(&[("tidegate.yaml", FUNCTION), ("app/index.py", &python("one"))]);
    assert_eq!(platform.get("/").text(), "one");
    platform.save("app/index.py", &python("two"));
    let reload = platform.event("reload");
    assert_eq!(reload["changes"], serde_json::json!(["~ code of function app"]));
    assert_eq!(platform.get("/").text(), "two");
}

#[test]
fn a_syntax_error_does_not_replace_working_code() {
    let platform =
        TestPlatform::start(&[("tidegate.yaml", FUNCTION), ("app/index.py", &python("one"))]);
    assert_eq!(platform.get("/").text(), "one");
    platform.save("app/index.py", "def handler(event, context:\n");
    let problem = platform.event("problem");
    assert_eq!(problem["problems"][0]["function"], "app", "{problem}");
    assert!(problem["message"].as_str().expect("text").contains("SyntaxError"), "{problem}");
    assert_eq!(platform.get("/").text(), "one");
    platform.save("app/index.py", &python("two"));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "two");
}

#[test]
fn a_syntax_error_is_told_before_the_first_request() {
    let broken = "import os\ndef handler(event, context:\n";
    let platform = TestPlatform::start(&[("tidegate.yaml", FUNCTION), ("app/index.py", broken)]);
    let problem = platform.event("problem");
    assert_eq!(problem["problems"][0]["function"], "app", "{problem}");
    let message = problem["message"].as_str().expect("text");
    assert!(message.starts_with("function `app`: index.py:2: SyntaxError: "), "{message}");
    // Also of a function that comes with a save.
    let two = FUNCTION.replace(
        "apis:",
        "  new: { runtime: nodejs20.x, code: new, handler: index.handler }\napis:",
    );
    platform.save("app/index.py", &python("one"));
    platform.event("reload");
    platform.save("new/index.mjs", "export const handler = () => 1;\nlet x = ;\n");
    platform.save("tidegate.yaml", &two);
    let message = platform.event("problem")["message"].to_string();
    assert!(message.contains("function `new`: index.mjs:2: SyntaxError: "), "{message}");
}

#[test]
fn what_was_told_of_code_is_not_told_again() {
    let broken = "def handler(event, context:\n";
    let platform = TestPlatform::start(&[
        ("tidegate.yaml", FUNCTION),
        ("app/index.py", broken),
        ("new/index.py", broken),
    ]);
    platform.event("problem");
    let new = "  new: { runtime: python3.11, code: new, handler: index.handler }\napis:";
    platform.save("tidegate.yaml", &FUNCTION.replace("apis:", new));
    let problem = platform.event("problem");
    let problems = problem["problems"].as_array().expect("a list");
    let told: Vec<_> = problems.iter().map(|problem| &problem["function"]).collect();
    assert_eq!(told, ["new"], "{problem}");
}

#[test]
fn a_log_file_in_the_code_folder_swaps_nothing() {
    let platform =
        TestPlatform::start(&[("tidegate.yaml", FUNCTION), ("app/index.py", &python("one"))]);
    for round in 0..5 {
        std::fs::write(platform.path("app/debug.log"), format!("{round}")).expect("written");
        std::fs::create_dir_all(platform.path("app/__pycache__")).expect("created");
        std::fs::write(platform.path("app/__pycache__/index.pyc"), format!("{round}"))
            .expect("written");
    }
    // Whatever those caused has been told before this.
    platform.save("tidegate.yaml", &FUNCTION.replace("GET /:", "GET /other:"));
    let reload = platform.event("reload");
    assert!(reload["changes"].to_string().contains("/other"), "{reload}");
}

#[test]
fn what_a_manifest_names_before_it_exists_is_noticed_when_it_appears() {
    let platform = TestPlatform::start(&[HELLO]);
    platform.save("tidegate.yaml", FUNCTION);
    platform.event("problem");
    let fresh = platform.path("fresh.tmp");
    std::fs::create_dir(&fresh).expect("created");
    std::fs::write(fresh.join("index.py"), python("there")).expect("written");
    std::fs::rename(fresh, platform.path("app")).expect("renamed");
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "there");
}

#[test]
fn a_removed_function_is_retired_after_its_routes() {
    let platform =
        TestPlatform::start(&[("tidegate.yaml", FUNCTION), ("app/index.py", &python("one"))]);
    assert_eq!(platform.get("/").text(), "one");
    platform.save("tidegate.yaml", &HELLO.1.replace("name: hello", "name: app"));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "hello");
    assert_eq!(platform.tidegate(&["invoke", "app"]).said().exit, Some(4));
}

#[test]
fn a_reload_can_be_asked_for() {
    let platform = TestPlatform::start(&[HELLO]);
    assert_eq!(
        platform.admin("POST", "/reload").json()["changes"]["changed"],
        serde_json::json!([])
    );
    platform.signal(rustix::process::Signal::HUP);
    platform.event("reload");
    platform.event("reload");
}

const TWO: &str = "\
name: two
functions:
  app: { runtime: python3.11, code: app, handler: index.handler }
  other: { runtime: python3.11, code: other, handler: index.handler }
apis:
  main:
    routes:
      GET /: app
      GET /other: other
";

/// Functions of one stack belong together: routes and callers of one count on the other.
#[test]
fn one_broken_function_keeps_all_old_versions() {
    let platform = TestPlatform::start(&[
        ("tidegate.yaml", TWO),
        ("app/index.py", &python("one")),
        ("other/index.py", &python("one")),
    ]);
    let both = || (platform.get("/").text().to_owned(), platform.get("/other").text().to_owned());
    assert_eq!(both(), ("one".into(), "one".into()));
    // In place before it is looked for, so that one reload sees both.
    platform.save("broken/index.py", "raise RuntimeError('not today')\n");
    platform.save("good/index.py", &python("two"));
    let changed = TWO.replace("code: app", "code: good").replace("code: other", "code: broken");
    platform.save("tidegate.yaml", &changed);
    let problem = platform.event("problem");
    assert_eq!(problem["problems"][0]["function"], "other", "{problem}");
    assert!(problem["message"].as_str().expect("text").contains("not today"), "{problem}");
    assert_eq!(both(), ("one".into(), "one".into()));
    platform.save("broken/index.py", &python("two"));
    platform.event("reload");
    assert_eq!(both(), ("two".into(), "two".into()));
}

/// A peer froze all routes until the slow request was done.
#[test]
fn a_slow_request_holds_up_neither_a_reload_nor_other_routes() {
    // It answers only when the test lets it, after everything else was seen to go on.
    let slow = "import os, time\n\ndef handler(event, context):\n    print('begun')\n    \
                while not os.path.exists('go'): time.sleep(0.005)\n    return 'slow'\n";
    let patient = TWO.replace("code: other", "timeout: 60s, code: other");
    let platform = TestPlatform::start(&[
        ("tidegate.yaml", &patient),
        ("app/index.py", &python("one")),
        ("other/index.py", slow),
    ]);
    let mut waiting = platform.connect();
    waiting.send(b"GET /other HTTP/1.1\r\nhost: a\r\n\r\n");
    while !platform.event("log")["message"].to_string().contains("begun") {}
    platform.save("tidegate.yaml", &patient.replace("GET /:", "GET /moved:"));
    platform.event("reload");
    assert_eq!(platform.get("/moved").text(), "one");
    platform.save("other/index.py", &python("two"));
    platform.event("reload");
    assert_eq!(platform.get("/other").text(), "two");
    platform.save("other/go", "");
    assert_eq!(waiting.answer("GET").expect("an answer").text(), "slow");
}

#[test]
fn functions_of_one_folder_all_change() {
    let shared = TWO.replace("code: other", "code: app");
    let platform =
        TestPlatform::start(&[("tidegate.yaml", &shared), ("app/index.py", &python("one"))]);
    let both = || (platform.get("/").text().to_owned(), platform.get("/other").text().to_owned());
    assert_eq!(both(), ("one".into(), "one".into()));
    platform.save("app/index.py", &python("two"));
    platform.event("reload");
    assert_eq!(both(), ("two".into(), "two".into()));
}

#[test]
fn a_bound_on_connections_counts_those_that_are_open() {
    let bounded = |most: u32| format!("{}listen: {{ connections_per_client: {most} }}\n", HELLO.1);
    let platform = TestPlatform::start(&[HELLO]);
    let mut first = platform.connect();
    assert_eq!(first.request("GET", "/", &[], b"").text(), "hello");
    platform.save("tidegate.yaml", &bounded(1));
    platform.event("reload");
    let mut second = platform.connect();
    assert_eq!(second.rest(), b"", "closed at once");
    assert_eq!(first.request("GET", "/", &[], b"").text(), "hello", "what was open stays");
    platform.save("tidegate.yaml", &bounded(2));
    platform.event("reload");
    assert_eq!(platform.get("/").text(), "hello");
}
