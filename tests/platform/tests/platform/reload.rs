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
