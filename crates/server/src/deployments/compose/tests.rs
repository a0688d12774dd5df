use std::collections::BTreeMap;
use std::path::Path;

use super::*;

/// Stacks by name and manifest, whose functions are not there.
fn composed(stacks: &[(&str, &str)]) -> Result<Stack, Vec<String>> {
    let read: Vec<(&str, Stack)> = stacks.iter().map(|(name, text)| (*name, read(text))).collect();
    let members: Vec<_> = read.iter().map(|(name, stack)| Member { name, stack }).collect();
    compose(&members, &Listener::default())
        .map_err(|trouble| trouble.message.lines().map(str::to_owned).collect())
}

fn read(text: &str) -> Stack {
    let manifest = format!("name: any\n{text}");
    let path = Path::new("/stack/tidegate.yaml");
    let read = stack::read_bytes(path, manifest.into_bytes(), &stack::Inputs::default());
    read.unwrap_or_else(|problems| panic!("{}", problems.render(stack::Look::Plain))).stack
}

const ONE: &str = "apis: { main: { hosts: [a.example], routes: { GET /: { mock: {} } } } }";
const OTHER: &str = "apis: { main: { hosts: [b.example], routes: { GET /: { mock: {} } } } }";

fn check(one: &str, other: &str, problems: &[&str]) {
    let refused = composed(&[("shop", one), ("blog@dev", other)]).err().unwrap_or_default();
    assert_eq!(refused, problems);
}

#[test]
fn apis_are_told_apart_by_host_or_stage() {
    let whole = composed(&[("shop", ONE), ("blog@dev", OTHER)]).expect("composed");
    let names: Vec<_> = whole.apis.iter().map(|api| api.name.to_string()).collect();
    assert_eq!(names, ["shop-main", "blog-dev-main"]);
    check(ONE, &ONE.replace("hosts:", "stage: prod, hosts:"), &[]);
    check(
        ONE,
        &ONE.replace("a.example", "A.EXAMPLE"),
        &[
            "the stacks `shop` and `blog@dev` both have an API for `a.example` at the stage `$default`; \
         give one of them other `hosts` or another `stage`",
        ],
    );
    let all = "apis: { main: { routes: { GET /: { mock: {} } } } }";
    check(ONE, all, &[]);
    check(
        all,
        all,
        &[
            "the stacks `shop` and `blog@dev` both have an API for all hosts at the stage `$default`; \
         give one of them other `hosts` or another `stage`",
        ],
    );
}

#[test]
fn names_that_collide_say_whose_they_are() {
    check(
        "queues: { jobs: {} }",
        "queues: { jobs: {}, mails: {} }",
        &[
            "the stacks `shop` and `blog@dev` both have the queue `jobs`; rename it in one of them, or \
         deploy one to another server",
        ],
    );
    check("queues: { jobs: {} }", "topics: { jobs: {} }", &[]);
}

#[test]
fn there_is_one_way_in() {
    let bound = |most: u32| format!("listen: {{ connections_per_client: {most} }}");
    check(&bound(3), ONE, &[]);
    check(&bound(3), &bound(3), &[]);
    check(
        &bound(3),
        &bound(4),
        &[
            "the stacks `shop` and `blog@dev` disagree on `listen`, which a server has once; write the \
         same in both",
        ],
    );
    let whole = composed(&[("shop", ONE), ("blog", &bound(7))]).expect("composed");
    assert_eq!(whole.listener.connections_per_client, 7);
}

#[test]
fn references_follow_their_api() {
    let text = "processes: { p: { code: /, command: [sleep, 9], environment: { API: 'see ${api:main.url}' } } }";
    let one = read(&format!("{}\n{text}", ONE.replace("hosts: [a.example]", "stage: v1")));
    let name = ApiName::parse("main").expect("a name");
    let whole = compose(&[Member { name: "shop", stack: &one }], &Listener::default());
    let whole = whole.expect("composed");
    let variables: BTreeMap<_, _> =
        whole.processes.values().flat_map(|process| process.environment.clone()).collect();
    let renamed = api_name("shop", &name).expect("a name");
    assert_eq!(variables["API"], format!("see {}", Reference::Api(renamed).mark()));
}

#[test]
fn the_order_of_stacks_decides_who_is_named_first() {
    let stacks = [("b", "queues: { jobs: {} }"), ("a", "queues: { jobs: {} }")];
    let refused = composed(&stacks).expect_err("refused");
    assert!(refused[0].starts_with("the stacks `b` and `a`"), "{refused:?}");
}
