//! Arguments that are refused: with exit code 2, and in words of whoever typed them.

use super::{GREET, GREETER};
use crate::TestPlatform;
use crate::program::run;

#[test]
fn an_admin_url_that_nobody_answers_is_refused_before_the_token_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let tunnel = "ssh -N -L";
    for (admin, said) in [
        ("https://127.0.0.1:1", tunnel),
        ("", "`` is not a URL"),
        ("127.0.0.1:4567", "it looks like http://127.0.0.1:4567"),
        ("ftp://127.0.0.1:1", "it looks like http://127.0.0.1:4567"),
    ] {
        for command in [&["limits"][..], &["invoke", "hello"], &["ls"], &["destroy", "shop"]] {
            let arguments = [command, &["--admin", admin]].concat();
            let told = run(folder.path(), &arguments).said();
            assert_eq!(told.exit, Some(2), "{arguments:?}: {told:?}");
            assert!(told.err.contains(said), "{arguments:?}: {told:?}");
        }
        let told = run(folder.path(), &["queues"]).env("TIDEGATE_ADMIN", admin).said();
        assert!(told.exit == Some(2) && told.err.contains(said), "{admin}: {told:?}");
    }
}

#[test]
fn wrong_arguments_are_told_as_such_whoever_finds_them() {
    let stack = format!("{GREETER}queues: {{ jobs: {{}} }}\n");
    let platform = TestPlatform::start(&[("tidegate.yaml", &*stack), ("greet/index.py", GREET)]);
    for (line, said) in [
        (&["keys", "usage", "--from", "foo"][..], "from: "),
        (&["keys", "usage", "--plan", "a b"], "plan `a b`: "),
        (&["keys", "create", "a b", "--plan", "p"], "not ` `"),
        (&["queues", "peek", "jobs", "--most", "0"], "'--most <N>'"),
        (&["queues", "peek", "jobs", "--most", "1001"], "'--most <N>'"),
        (&["queues", "send", "jobs", "x", "--delay", "2d"], "'--delay <AGE>'"),
        (&["limits", "pause", "ip", "ip=192.0.2.7", "--for", "0s"], "'--for <TIME>'"),
        (&["limits", "pause", "ip", "ip=192.0.2.7", "--for", "4000d"], "'--for <TIME>'"),
        (&["logs", "--function", "a b"], "not ` `"),
        (&["logs", "--process", "x&follow=true"], "not `&`"),
        (&["invoke", "a b"], "a b"),
        (&["invoke", "x?Qualifier=1#y"], "x?Qualifier=1#y"),
    ] {
        let told = platform.tidegate(line).said();
        assert_eq!(told.exit, Some(2), "{line:?}: {told:?}");
        assert!(told.err.contains(said), "{line:?}: {told:?}");
        assert!(!told.err.contains(&platform.admin) && !told.err.contains("for_ms"), "{told:?}");
    }
    let unknown = platform.tidegate(&["queues", "peek", "a b"]).said();
    assert!(unknown.exit == Some(4) && unknown.err.contains("`a b`"), "{unknown:?}");
}
