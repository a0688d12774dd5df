//! A server that is killed while it deploys.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::shop::Shop;
use crate::TestPlatform;
use crate::program::tidegate;

/// After so many of the lines that a deployment says, and in the instants between them.
const LINES: usize = 5;

#[test]
fn a_server_that_is_killed_while_it_deploys_has_all_of_one_stack() {
    let mut shop = Shop::serve();
    shop.write("0", "");
    shop.deploy();
    let mut was = "0".to_owned();
    for kill in 1..=2 * LINES {
        let next = kill.to_string();
        shop.write(&next, "");
        // A queue of its own for each version, and code that differs, too.
        shop.add("hello/note.txt", &next);
        shop.insert("name: shop\n", &format!("queues: {{ jobs-{next}: {{}} }}\n"));
        let ended = deploy_until(&shop, kill % (LINES + 1));
        shop = restarted(shop);
        let versions = shop.versions();
        assert_eq!(versions[0], versions[1], "a function and a route of one version");
        assert!(versions[0] == was || versions[0] == next, "{versions:?}, {was} and {next}");
        assert!(!ended || versions[0] == next, "what was answered is there");
        let queues = shop.tidegate(&["queues", "--output", "json", "--state", "state"]).out;
        let has = |version: &str| queues.contains(&format!("jobs-{version}\""));
        assert!(versions[0] == "0" || has(&versions[0]), "{versions:?}: {queues}");
        assert!(versions[0] == next || !has(&next), "{versions:?}: {queues}");
        was.clone_from(&versions[0]);
    }
    shop.write("last", "");
    shop.deploy();
    assert_eq!(shop.versions(), ["last"; 2]);
}

/// Kills the server once the deployment has said so many lines. Gives whether it had ended.
fn deploy_until(shop: &Shop, lines: usize) -> bool {
    let mut command = Command::new(tidegate());
    command.args(["deploy", "shop", "--output", "json"]).current_dir(shop.folder());
    command.env("TIDEGATE_STATE", "state").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("tidegate starts");
    let said = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = said.map_while(Result::ok).take(lines);
    let ended = said.filter(|line| line.contains(r#""event":"done""#)).count() > 0;
    shop.platform.signal(Signal::KILL);
    let _ = child.wait();
    ended
}

fn restarted(mut shop: Shop) -> Shop {
    assert!(!shop.platform.wait().success());
    shop.platform = TestPlatform::daemon(shop.folder(), &[]);
    shop
}
