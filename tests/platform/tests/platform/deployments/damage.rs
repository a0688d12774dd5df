//! Stored stacks that cannot be served any more: named, while the others are served.

use std::path::PathBuf;

use super::shop::Shop;

/// What a stack's part of the state folder suffers.
type Harm = (&'static str, fn(&Shop));

const HARMS: [Harm; 5] = [
    ("its manifest is overwritten", |shop| {
        write(&bundle(shop).join("source/tidegate.yaml"), "name: [\n");
    }),
    ("its listing is overwritten", |shop| write(&bundle(shop).join("listing.json"), "{")),
    ("its bundle is gone", |shop| remove(&bundle(shop))),
    ("its code and contents are gone", |shop| {
        let deployed = shop.folder().join("state/deployed");
        ["code", "pieces"].iter().for_each(|folder| remove(&deployed.join(folder)));
    }),
    ("the key of its values is another one", |shop| {
        let key = shop.folder().join("state/secrets.key");
        let other = std::fs::read(&key).expect("a key").iter().rev().copied().collect::<Vec<u8>>();
        std::fs::write(&key, other).expect("written");
    }),
];

const BLOG: &str = "\
name: blog
queues: { letters: {} }
apis: { main: { stage: blog, routes: { GET /: { mock: { body: posts } } } } }
";

#[test]
fn a_damaged_stack_is_named_and_the_others_are_served() {
    for (harm, suffer) in HARMS {
        let shop = Shop::serve();
        shop.write("one", "");
        shop.insert("name: shop\n", "queues: { jobs: {} }\n");
        shop.deploy();
        let sent = shop.tidegate(&["queues", "send", "jobs", "a message"]);
        assert_eq!(sent.exit, Some(0), "{harm}: {sent:?}");
        let shop = shop.stopped(suffer);
        let named = shop.platform.event("problem")["message"].to_string();
        assert!(named.contains("stack `shop` is not served"), "{harm}: {named}");
        let said = shop.tidegate(&["ls"]);
        assert!(said.out.contains("shop is not served: "), "{harm}: {said:?}");
        assert_eq!(shop.platform.get("/version").status, 404, "{harm}");

        // Others come and go meanwhile, and take nothing of it along.
        let said = deploy_blog(&shop);
        assert_eq!(said.exit, Some(0), "{harm}: {said:?}");
        assert_eq!(shop.platform.get("/blog/").text(), "posts", "{harm}");
        let said = shop.tidegate(&["destroy", "blog", "--confirm", "blog"]);
        assert_eq!(said.exit, Some(0), "{harm}: {said:?}");
        let queues = shop.tidegate(&["queues"]).out;
        assert!(queues.contains("jobs") && !queues.contains("letters"), "{harm}: {queues}");

        shop.deploy();
        assert_eq!(shop.versions(), ["one"; 2], "{harm}");
        let peeked = shop.tidegate(&["queues", "peek", "jobs"]);
        assert!(peeked.out.contains("a message"), "{harm}: {peeked:?}");
        let shop = shop.restarted();
        assert_eq!(shop.versions(), ["one"; 2], "{harm}");
    }
}

#[test]
fn a_damaged_stack_can_be_destroyed_and_what_was_held_for_it_goes() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.insert("name: shop\n", "queues: { jobs: {} }\n");
    shop.deploy();
    let shop = shop.stopped(|shop| remove(&bundle(shop)));
    let queues = |shop: &Shop| shop.tidegate(&["queues", "--output", "json"]).out;
    assert!(queues(&shop).contains("jobs"));
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(!queues(&shop).contains("jobs"), "{}", queues(&shop));
    let shop = shop.restarted();
    assert!(shop.tidegate(&["ls"]).out.contains("no stacks"));
}

#[test]
fn a_process_that_does_not_come_to_serve_stops_no_other_stack_and_is_tried_again() {
    const CHECK: &str = "import os, sys\nif os.path.exists(os.environ['TIDEGATE_DATA'] + '/broken'): sys.exit('out of order')\n";
    let shop = Shop::serve();
    shop.write("one", "");
    shop.replace("till: { code", "till: { data: true, code");
    let server = std::fs::read_to_string(shop.folder().join("shop/till/server.py"));
    shop.add("till/server.py", &format!("{CHECK}{}", server.expect("written")));
    shop.deploy();
    assert_eq!(deploy_blog(&shop).exit, Some(0));
    let broken = shop.folder().join("state/data/broken");
    let shop = shop.stopped(|_| write(&broken, ""));
    let named = shop.platform.event("problem")["message"].to_string();
    assert!(
        named.contains("stack `shop` is not served") && named.contains("out of order"),
        "{named}"
    );
    assert_eq!(shop.platform.get("/blog/").text(), "posts");
    assert_eq!(shop.platform.get("/version").status, 404);
    let ready = shop.platform.admin("GET", "/readyz");
    assert_eq!((ready.status, ready.text()), (200, "ready\nstack shop is not served\n"));
    let said = shop.tidegate(&["ls"]);
    assert!(said.out.contains("shop is not served: process `till`: "), "{said:?}");
    std::fs::remove_file(broken).expect("removed");
    let note = shop.platform.event("note")["note"].to_string();
    assert!(note.contains("stack shop is served again"), "{note}");
    assert_eq!(shop.versions(), ["one"; 2]);
    assert_eq!(shop.platform.admin("GET", "/readyz").text(), "ready\n");
}

fn deploy_blog(shop: &Shop) -> crate::program::Said {
    shop.add_beside("blog/tidegate.yaml", BLOG);
    shop.tidegate(&["deploy", "blog"])
}

/// The folder of the only bundle.
fn bundle(shop: &Shop) -> PathBuf {
    let folder = shop.folder().join("state/deployed/bundles");
    let mut all = std::fs::read_dir(folder).expect("a folder");
    all.next().expect("a bundle").expect("readable").path()
}

fn write(path: &PathBuf, text: &str) {
    std::fs::write(path, text).expect("written");
}

fn remove(folder: &PathBuf) {
    std::fs::remove_dir_all(folder).expect("removed");
}
