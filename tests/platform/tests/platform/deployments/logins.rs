//! Servers that somebody logged in to.

use std::os::unix::fs::PermissionsExt;

use super::shop::Shop;
use crate::TestPlatform;
use crate::program::{Run, Said, run};

/// As somebody elsewhere, whose logins are in the shop's folder and who cannot read the server's files.
fn elsewhere(shop: &Shop, arguments: &[&str]) -> Run {
    let home = shop.folder().display().to_string();
    run(shop.folder(), arguments).env("XDG_CONFIG_HOME", &home).env("HOME", &home)
}

fn token(shop: &Shop) -> String {
    std::fs::read_to_string(shop.platform.path("state/admin.token")).expect("a token")
}

fn login(shop: &Shop, name: &str) -> Said {
    let arguments = ["login", &shop.platform.admin, "--name", name, "--token-file", "-"];
    elsewhere(shop, &arguments).input(token(shop).as_bytes()).said()
}

#[test]
fn a_token_that_was_replaced_is_good_no_more() {
    let shop = Shop::serve();
    shop.write("one", "");
    assert_eq!(login(&shop, "home").exit, Some(0));
    let before = token(&shop);
    let said = shop.tidegate(&["token"]);
    assert!(said.exit == Some(0) && said.out == before, "{said:?}");
    let said = shop.tidegate(&["token", "--rotate"]);
    assert!(said.exit == Some(0) && said.out == token(&shop) && said.out != before, "{said:?}");
    let said = elsewhere(&shop, &["ls"]).said();
    assert!(said.exit == Some(1) && said.err.contains("not the server's admin token"), "{said:?}");
    assert_eq!(login(&shop, "home").exit, Some(0));
    assert_eq!(elsewhere(&shop, &["ls"]).said().exit, Some(0));
    let said = shop.tidegate(&["token", "--rotate", "--state", "nowhere"]);
    assert!(said.exit == Some(1) && said.err.contains("tidegate serve"), "{said:?}");
}

#[test]
fn who_logged_in_deploys_without_saying_where() {
    let shop = Shop::serve();
    shop.write("one", "");
    let said = login(&shop, "home");
    assert!(said.exit == Some(0) && said.out.contains("logged in to home"), "{said:?}");
    assert!(!said.out.contains(token(&shop).trim()) && said.err.is_empty(), "{said:?}");
    let file = shop.folder().join("tidegate/servers.json");
    let mode = std::fs::metadata(&file).expect("kept").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let said = elsewhere(&shop, &["deploy", "shop"]).said();
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    let said = elsewhere(&shop, &["ls", "--server", "home", "--output", "json"]).said();
    assert!(said.out.contains("\"shop\""), "{said:?}");
    let said = elsewhere(&shop, &["ls", "--server", "away"]).said();
    assert!(said.exit == Some(2) && said.err.contains("there are `home`"), "{said:?}");
    let said = elsewhere(&shop, &["ls", "--server", "local"]).said();
    assert!(said.exit == Some(1) && said.err.contains("no server is running"), "{said:?}");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    let said = elsewhere(&shop, &["ls"]).said();
    assert!(said.exit == Some(1) && said.err.contains("chmod 600"), "{said:?}");
}

#[test]
fn who_logged_in_asks_that_server_from_everywhere() {
    let shop = Shop::serve();
    shop.write("one", "");
    assert_eq!(login(&shop, "home").exit, Some(0));
    assert_eq!(elsewhere(&shop, &["deploy", "shop"]).said().exit, Some(0));

    let said = elsewhere(&shop, &["invoke", "hello"]).said();
    assert!(said.exit == Some(0) && said.out.contains("one"), "{said:?}");
    for command in ["logs", "queues", "limits", "keys", "audit", "env", "topics", "triggers"] {
        let said = elsewhere(&shop, &[command]).said();
        assert!(said.exit == Some(0) && said.err.is_empty(), "{command}: {said:?}");
        let said = elsewhere(&shop, &[command, "--dir", "shop"]).said();
        let note = format!("shop/.tidegate; this is home, {}", shop.platform.admin);
        assert!(said.exit == Some(0) && said.err.contains(&note), "{command}: {said:?}");
        let said = elsewhere(&shop, &[command, "--state", "shop/.tidegate"]).said();
        assert_ne!(said.exit, Some(0), "{command} was told whom to ask: {said:?}");
    }
}

#[test]
fn the_running_server_of_a_folder_comes_before_the_one_logged_in_to() {
    let shop = Shop::serve();
    assert_eq!(login(&shop, "home").exit, Some(0));
    let own = "name: own\nqueues: { jobs: {} }\n";
    let up = TestPlatform::start(&[("tidegate.yaml", own)]);
    let queues = |arguments: &[&str]| {
        let home = shop.folder().display().to_string();
        let arguments = [&["queues", "--output", "json"], arguments].concat();
        run(up.folder(), &arguments).env("XDG_CONFIG_HOME", &home).said()
    };
    let said = queues(&[]);
    assert!(said.out.contains("jobs") && said.err.is_empty(), "{said:?}");
    let said = queues(&["--server", "local"]);
    assert!(said.out.contains("jobs") && said.err.is_empty(), "{said:?}");
    let said = queues(&["--server", "home"]);
    assert!(said.exit == Some(0) && !said.out.contains("jobs"), "{said:?}");
}

#[test]
fn local_is_the_name_of_no_login() {
    let folder = tempfile::tempdir().expect("a folder");
    let _platform = TestPlatform::daemon(folder.path(), &[]);
    let said = run(folder.path(), &["queues", "--state", "state", "--server", "local"]).said();
    assert_eq!(said.exit, Some(0), "{said:?}");
}

#[test]
fn several_servers_are_told_apart_by_name() {
    let (one, other) = (Shop::serve(), Shop::serve());
    one.write("one", "");
    assert_eq!(login(&one, "one").exit, Some(0));
    let arguments = ["login", &other.platform.admin, "--name", "other", "--token-file", "-"];
    let said = elsewhere(&one, &arguments).input(token(&other).as_bytes()).said();
    assert_eq!(said.exit, Some(0), "{said:?}");
    let said = elsewhere(&one, &["login", "--list"]).said();
    assert!(said.out.contains("one") && said.out.contains("*  other"), "{said:?}");
    let said = elsewhere(&one, &["deploy", "shop", "--server", "one"]).said();
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(one.versions(), ["one"; 2]);
    let said = elsewhere(&one, &["ls"]).said();
    assert!(said.out.contains("no stacks"), "the other one is meant: {said:?}");
    let said = elsewhere(&one, &["logout"]).said();
    assert!(said.out.contains("logged out of other"), "{said:?}");
    let said = elsewhere(&one, &["ls", "--server", "other"]).said();
    assert_eq!(said.exit, Some(2), "{said:?}");
}

#[test]
fn a_login_that_does_not_work_is_not_kept() {
    let shop = Shop::serve();
    let wrong = ["login", &shop.platform.admin, "--token-file", "-"];
    let said = elsewhere(&shop, &wrong).input(b"not-the-token").said();
    assert!(said.exit == Some(1) && said.err.contains("not the server's admin token"), "{said:?}");
    let said = elsewhere(&shop, &["login", "https://shop.example"]).said();
    assert!(said.exit == Some(2) && said.err.contains("ssh -N -L"), "{said:?}");
    let said = elsewhere(&shop, &["login", "--list"]).said();
    assert!(said.out.contains("no servers"), "{said:?}");
}
