//! Stacks of a server: deployed, changed under load, brought back after kills, and destroyed.

mod contents;
mod damage;
mod drift;
mod exported;
mod kills;
mod leftovers;
mod logins;
mod service;
mod shop;
mod sources;
mod turns;
mod watch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::http::Connection;
use crate::patience::until;
use crate::platform::descendants::Descendants;
use shop::Shop;

#[test]
fn a_one_line_change_fails_no_request() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = Connection::open(&shop.platform.api);
                while !stop.load(Ordering::Relaxed) {
                    let answer = connection.request("GET", "/", &[], b"");
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert!(["one", "two", "three"].contains(&answer.text()), "{}", answer.text());
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let more = || {
            let before = answered.load(Ordering::Relaxed);
            until("requests are answered", || answered.load(Ordering::Relaxed) > before + 50);
        };
        for version in ["two", "three"] {
            more();
            shop.write(version, "");
            shop.deploy();
            assert_eq!(shop.versions(), [version; 2]);
        }
        more();
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_function_that_fails_init_changes_nothing() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    let before = shop.tidegate(&["ls", "--output", "json"]).out;
    shop.write("two", "raise Exception('not today')\n");
    let said = shop.tidegate(&["deploy", "shop"]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.err.contains("not today"), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    assert_eq!(shop.tidegate(&["ls", "--output", "json"]).out, before);
    // One that is new is tried as well.
    let more = "  late: { runtime: python3.11, code: late, handler: index.handler }\n";
    shop.write("three", "");
    shop.add("late/index.py", "raise Exception('nor today')\n");
    shop.insert("functions:\n", more);
    let said = shop.tidegate(&["deploy", "shop"]);
    assert!(said.err.contains("nor today"), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    let shop = shop.restarted();
    assert_eq!(shop.versions(), ["one"; 2]);
}

#[test]
fn a_destroyed_stack_leaves_nothing_behind() {
    let shop = leftovers::filled();
    let processes = Descendants::of(shop.platform.pid()).count();
    let files = files(&shop.platform.path("state"));
    shop.deploy();
    assert_eq!(shop.versions(), ["one"; 2]);
    let port: u16 = shop.platform.get("/port").text().parse().expect("the process's port");
    let address = format!("127.0.0.1:{port}");
    std::net::TcpStream::connect(&address).expect("the process listens");
    let running = Descendants::of(shop.platform.pid());
    assert!(running.count() > processes, "{running:?}");

    let unsure = shop.tidegate(&["destroy", "shop"]);
    assert_eq!(unsure.exit, Some(2), "{unsure:?}");
    let mistyped = shop.tidegate(&["destroy", "shop", "--confirm", "shpo"]);
    assert_eq!(mistyped.exit, Some(2), "{mistyped:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(!said.out.contains("kept"), "{said:?}");

    assert_eq!(shop.platform.get("/").status, 404);
    std::net::TcpStream::connect(&address).expect_err("nobody listens");
    until("only what was there runs", || {
        // Sandboxes that are prepared for the next function are nobody's.
        Descendants::of(shop.platform.pid()).named("python") == 0
    });
    assert_eq!(files_of_stacks(&shop.platform.path("state"), &files), [""; 0]);
    let again = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(again.exit, Some(4), "{again:?}");
}

#[test]
fn a_stack_goes_back_to_an_earlier_revision() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    let said = shop.tidegate(&["rollback", "shop"]);
    assert!(said.exit == Some(1) && said.err.contains("no earlier revision"), "{said:?}");
    shop.write("two", "");
    shop.deploy();
    assert_eq!(shop.versions(), ["two"; 2]);
    let said = shop.tidegate(&["rollback", "shop"]);
    assert!(said.out.contains("deployed shop, revision 3"), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    let shop = shop.restarted();
    assert_eq!(shop.versions(), ["one"; 2]);
    let said = shop.tidegate(&["rollback", "shop", "--to", "2"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.versions(), ["two"; 2]);
}

#[test]
fn a_diff_changes_nothing_and_tells_what_a_deployment_would() {
    let shop = Shop::serve();
    shop.write("one", "");
    let said = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(said.exit == Some(1) && said.out.contains("[+] function hello"), "{said:?}");
    assert_eq!(shop.platform.get("/").status, 404);
    shop.deploy();
    let same = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(same.exit == Some(0) && same.out.contains("no changes"), "{same:?}");
    shop.write("two", "# a comment\n");
    let said = shop.tidegate(&["diff", "shop"]);
    for text in [
        "[~] function hello",
        "environment.VERSION",
        "shop-main GET /: goes to a new version of function hello",
        "shop-main GET /version: has other settings",
    ] {
        assert!(said.out.contains(text), "{text}: {said:?}");
    }
    assert_eq!(shop.versions(), ["one"; 2]);
}

#[test]
fn the_address_of_a_function_is_told_where_it_answers() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.replace("hello: { runtime", "hello: { url: { auth: none }, runtime");
    shop.replace("VERSION: one }", "VERSION: one, SELF: '${function:hello.url}' }");
    shop.add(
        "hello/index.py",
        "import os\ndef handler(event, context):\n    return os.environ['SELF']\n",
    );
    shop.insert("name: shop\n", "outputs: { Hello: '${function:hello.url}' }\n");
    shop.deploy();
    let outputs = shop.tidegate(&["outputs", "shop", "--output", "json"]).out;
    let outputs: serde_json::Value = serde_json::from_str(&outputs).expect("JSON");
    let url = outputs["urls"]["hello"].as_str().expect("a URL");
    assert_eq!(outputs["outputs"]["Hello"], url);
    let (scheme, host) = url.split_once("://").expect("a URL");
    assert_eq!((scheme, host.ends_with('/')), ("http", true), "{url}");
    let mut connection = shop.platform.connect();
    let host = host.trim_end_matches('/');
    connection.send(format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
    let answer = connection.answer("GET").expect("an answer");
    assert_eq!(answer.text(), format!("\"{url}\""), "what the function knows");
}

/// What holds messages is not thrown away with the stack, and is named.
#[test]
fn a_queue_that_is_not_empty_is_kept() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.insert("name: shop\n", "queues: { jobs: {}, empty: {} }\n");
    shop.deploy();
    let sent = shop.tidegate(&["queues", "send", "jobs", "a message", "--state", "state"]);
    assert_eq!(sent.exit, Some(0), "{sent:?}");
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert!(said.out.contains("kept: queue jobs, which is not empty"), "{said:?}");
    assert!(!said.out.contains("queue empty, "), "{said:?}");
}

#[test]
fn stacks_that_collide_name_each_other() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    let said = shop.tidegate(&["deploy", "shop", "--env", "dev"]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    for text in ["`shop` and `shop@dev` both have the function `hello`", "all hosts"] {
        assert!(said.err.contains(text), "{text}: {said:?}");
    }
    let blog = "name: blog\napis: { main: { stage: blog, routes: { GET /: { mock: { body: posts } } } } }\n";
    shop.add_beside("blog/tidegate.yaml", blog);
    let said = shop.tidegate(&["deploy", "blog"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let url = format!("{}/blog", shop.platform.api);
    assert!(said.out.contains(&url), "{said:?}");
    assert_eq!(shop.platform.get("/blog/").text(), "posts");
    assert_eq!(shop.versions(), ["one"; 2]);
    let said = shop.tidegate(&["destroy", "blog", "--confirm", "blog"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
}

#[test]
fn nothing_is_changed_without_the_token() {
    let shop = Shop::serve();
    assert_eq!(shop.platform.admin("GET", "/healthz").status, 200);
    for (method, path) in [("GET", "/stack"), ("POST", "/reload"), ("DELETE", "/deployments/shop")]
    {
        assert_eq!(shop.platform.admin(method, path).status, 401, "{method} {path}");
    }
    let token = shop.platform.path("state/admin.token");
    std::fs::rename(&token, shop.platform.path("elsewhere")).expect("moved");
    let said = shop.tidegate(&["ls"]);
    assert!(said.exit == Some(1) && said.err.contains("admin token"), "{said:?}");
}

#[test]
fn values_come_from_files_and_from_the_environment_and_are_not_kept_readable() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.replace("VERSION: one", "VERSION: '${env:PASSWORD}'");
    shop.add_beside("secrets", "PASSWORD=hunter2-and-more\n");
    let said = shop.tidegate(&["deploy", "shop", "--env-file", "secrets"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "hunter2-and-more");
    let shop = shop.restarted();
    assert_eq!(shop.platform.get("/").text(), "hunter2-and-more");
    for file in files(&shop.platform.path("state")) {
        let content = std::fs::read(shop.platform.path("state").join(&file)).unwrap_or_default();
        let is_readable = content.windows(7).any(|window| window == b"hunter2");
        assert!(!is_readable, "{}", file.display());
    }
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path.strip_prefix(folder).expect("below").to_owned());
        }
    }
    found
}

/// Those that were not there before and are not the server's own.
fn files_of_stacks(state: &Path, before: &BTreeSet<PathBuf>) -> Vec<String> {
    let own = ["store.db", "runtimes", "logs/access.log", "counts", "server.json"];
    let after = files(state);
    let new = after.difference(before).map(|path| path.display().to_string());
    new.filter(|path| !own.iter().any(|own| path.starts_with(own))).collect()
}
