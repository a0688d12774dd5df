//! Arguments that are refused: with exit code 2, and in words of whoever typed them.

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
