//! Builds and staged code: kept while a stack can need them, gone when none can.

use std::path::Path;

use super::shop::Shop;
use crate::TestPlatform;
use crate::patience::until;

const MORE: &str = "  inline: { runtime: python3.11, code: { inline: 'def handler(event, context): return 1' }, handler: index.handler }
  layered: { runtime: python3.11, code: hello, handler: index.handler, layers: [one, two], environment: { VERSION: x } }
";
/// What of the state folder holds builds and staged code.
const FAMILIES: [&str; 6] =
    ["build/python", "stage/frozen", "stage/zip", "stage/inline", "stage/layers", "code"];

/// A shop whose functions need something of every kind that can be made without a network.
pub(super) fn filled() -> Shop {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.insert("functions:\n", MORE);
    shop.build();
    shop.add("one/python/first.py", "");
    shop.add("two/python/second.py", "");
    shop
}

/// How many entries there are of each kind.
pub(super) fn counts(state: &Path) -> [usize; 6] {
    FAMILIES.map(|family| std::fs::read_dir(state.join(family)).expect("a folder").count())
}

#[test]
fn what_an_earlier_revision_needs_stays_and_what_a_refused_one_made_goes() {
    let shop = filled();
    let state = shop.platform.path("state");
    let none = counts(&state);
    shop.deploy();
    // Dependencies and what remembers that sources were compiled, inline code, merged layers.
    let one = counts(&state);
    assert_eq!((none, one), ([0; 6], [2, 0, 0, 1, 1, 0]));
    shop.replace("return 1", "return 2");
    shop.add("hello/requirements.txt", "# none, still\n");
    shop.deploy();
    let both = [3, 0, 0, 2, 1, 0];
    until("both revisions have their parts", || counts(&state) == both);
    let worse = "return 3' }, handler: index.handler }\n  \
         worse: { runtime: python3.11, code: { inline: 'import nothing' }";
    shop.replace("return 2' }", worse);
    let said = shop.tidegate(&["deploy", "shop"]);
    assert!(said.exit == Some(1) && said.err.contains("nothing"), "{said:?}");
    until("what was made for nothing is gone", || counts(&state) == both);
    let shop = shop.restarted();
    let said = shop.tidegate(&["rollback", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(!said.out.contains("installing"), "{said:?}");
    assert_eq!(counts(&state)[3], 2);
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(counts(&state), none);
}

#[test]
fn code_of_an_earlier_save_goes() {
    let manifest = |answer: &str| {
        format!(
            "name: app\nfunctions:\n  app:\n    runtime: python3.11\n    handler: index.handler\n    code: {{ inline: \
             'def handler(event, context): return {answer:?}' }}\napis: {{ main: {{ routes: {{ GET /: app }} }} }}\n"
        )
    };
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest("one"))]);
    let state = platform.path(".tidegate");
    for answer in ["one", "two", "three"] {
        platform.save("tidegate.yaml", &manifest(answer));
        until("the save is served", || platform.get("/").text() == answer);
    }
    until("only what is served is kept", || counts(&state)[3] == 1);
}

#[test]
fn code_that_aws_calls_named_stays() {
    let shop = filled();
    shop.deploy();
    let zips = ["1", "2"].map(|answer| zip(shop.folder(), answer));
    let create = ["create-function", "--function-name", "made", "--runtime", "python3.11"];
    let rest =
        ["--role", "arn:aws:iam::000000000000:role/x", "--handler", "index.handler", "--publish"];
    lambda(&shop, &[&create[..], &rest, &["--zip-file", &zips[0]]].concat());
    lambda(&shop, &["update-function-code", "--function-name", "made", "--zip-file", &zips[1]]);
    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    // The zip that the function is made of now, unpacked as is the one that its version is made of.
    assert_eq!(counts(&shop.platform.path("state")), [0, 0, 2, 0, 0, 1]);
    let shop = shop.restarted();
    for (version, answer) in [("1", "1"), ("$LATEST", "2")] {
        let out = shop.folder().join("answer");
        let shown = out.display().to_string();
        lambda(&shop, &["invoke", "--function-name", "made", "--qualifier", version, &shown]);
        assert_eq!(std::fs::read_to_string(out).expect("an answer"), answer);
    }
}

fn zip(folder: &Path, answer: &str) -> String {
    let code = folder.join(answer).join("index.py");
    std::fs::create_dir_all(code.parent().expect("a folder")).expect("made");
    std::fs::write(&code, format!("def handler(event, context): return {answer}\n"))
        .expect("written");
    let zip = folder.join(format!("{answer}.zip"));
    let mut python = std::process::Command::new("python3");
    let zipped = python.args(["-m", "zipfile", "-c"]).args([&zip, &code]).status();
    assert!(zipped.expect("python3 runs").success());
    format!("fileb://{}", zip.display())
}

fn lambda(shop: &Shop, arguments: &[&str]) {
    let said = std::process::Command::new("aws")
        .args(["--endpoint-url", &shop.platform.aws, "--region", "us-east-1", "lambda"])
        .args(arguments)
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output();
    let said = said.expect("aws runs");
    assert!(said.status.success(), "{arguments:?}: {said:?}");
}
