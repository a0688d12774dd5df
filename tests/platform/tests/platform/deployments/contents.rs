//! What is sent, and what is kept of it: nothing twice, and nothing that no revision needs.

use std::path::Path;

use super::shop::Shop;
use crate::patience::until;

/// As many revisions of a stack are kept to go back to.
const KEPT: usize = 10;
const MORE: usize = 3;

#[test]
fn what_the_server_has_is_not_sent_again() {
    let shop = Shop::serve();
    let sent = || {
        let said = shop.tidegate(&["deploy", "shop"]);
        assert_eq!(said.exit, Some(0), "{said:?}");
        said.out.lines().next().unwrap_or_default().rsplit_once(": ").map(|it| it.1.to_owned())
    };
    let starts = |text: &str| {
        let sent = sent().unwrap_or_default();
        assert!(sent.starts_with(text), "{text} is not {sent}");
    };
    shop.write("one", "");
    starts("3 of 3 contents sent, ");
    starts("all 3 contents are there");
    shop.write("one", "# changed\n");
    starts("1 of 3 contents sent, ");
    // An earlier revision had it.
    shop.write("one", "");
    starts("all 3 contents are there");
    shop.add("hello/copy.py", "# changed\n");
    starts("1 of 4 contents sent, 0.0 kB");
}

#[test]
fn what_no_revision_needs_goes_and_what_one_can_go_back_to_stays() {
    let shop = Shop::serve();
    let state = shop.platform.path("state");
    for number in 0..KEPT + MORE {
        shop.write("one", &format!("# {number}\n"));
        shop.deploy();
    }
    let deployed = state.join("deployed");
    let holds = |folder: &str, count: usize| {
        let folder = deployed.join(folder);
        until(&format!("{} holds {count}", folder.display()), || count_of(&folder) == count);
    };
    holds("bundles", KEPT);
    // The function's code of each, and what they have in common.
    holds("pieces", KEPT + 2);
    // What runs: the function and the process.
    holds("code", 2);
    let said = shop.tidegate(&["rollback", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.versions(), ["one"; 2]);
    holds("code", 2);
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    for folder in ["bundles", "pieces", "code"] {
        holds(folder, 0);
    }
}

fn count_of(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}
