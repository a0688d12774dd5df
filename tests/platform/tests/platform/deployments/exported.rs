//! Deployed stacks on their way to AWS, or to another server: a template and the code that it names.

use std::path::Path;

use super::shop::Shop;
use super::sources::CDK;
use crate::program::run;

const MANIFEST: &str = "\
name: shop
parameters:
  greeting: { default: hello }
functions:
  hello:
    runtime: python3.11
    code: hello
    handler: index.handler
    environment: { VERSION: '${param:greeting} ${env:TOKEN} ${env:COLOUR, blue}' }
apis:
  main:
    routes:
      GET /: hello
";

#[test]
fn a_deployed_stack_comes_back_as_a_template_with_its_code() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.add("tidegate.yaml", MANIFEST);
    let deployed = run(shop.folder(), &["deploy", "shop", "-c", "greeting=good day"])
        .env("TIDEGATE_STATE", "state")
        .env("TOKEN", "a secret")
        .said();
    assert_eq!(deployed.exit, Some(0), "{deployed:?}");
    assert_eq!(shop.platform.get("/").text(), "good day a secret blue");
    let said = shop.tidegate(&["export", "--deployed", "shop", "--output", "away"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let away = shop.folder().join("away");
    assert_eq!(files(&away), ["hello/index.py", "template.yaml"]);
    let template = std::fs::read_to_string(away.join("template.yaml")).expect("written");
    assert!(template.contains("Default: good day"), "the value that it has: {template}");
    assert!(!template.contains("a secret"), "{template}");

    let again = shop.tidegate(&["export", "--deployed", "shop", "--output", "away"]);
    assert!(again.exit == Some(2) && again.err.contains("something in away already"), "{again:?}");
    let unknown = shop.tidegate(&["export", "--deployed", "store"]);
    assert!(unknown.exit == Some(4) && unknown.err.contains("it has `shop`"), "{unknown:?}");

    let said = shop.tidegate(&["destroy", "shop", "--confirm", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let said = shop.tidegate(&["deploy", "away"]);
    assert!(said.exit == Some(2) && said.err.contains("`Token` has no value"), "{said:?}");
    let said = shop.tidegate(&["deploy", "away", "-c", "Token=another"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "good day another blue");
}

#[test]
fn what_a_template_cannot_say_of_a_deployed_stack_is_named() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    let said = shop.tidegate(&["export", "--deployed", "shop", "--output", "away"]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.err.contains("a process that is kept running cannot be said: `till`"), "{said:?}");
    assert!(said.err.contains("tidegate.yaml:5:3"), "{said:?}");
    assert!(!shop.folder().join("away").exists());
    let export = ["export", "--deployed", "shop", "--allow-unsupported", "--output", "away"];
    let said = shop.tidegate(&export);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(files(&shop.folder().join("away")), ["hello/index.py", "template.yaml"]);
}

/// Only one description of the stack is in the folder, so that it can be read.
#[test]
fn of_what_the_cdk_synthesized_its_assets_go_along() {
    let shop = Shop::serve();
    for (file, text) in CDK {
        shop.add_beside(&format!("app/{file}"), text);
    }
    let said = shop.tidegate(&["deploy", "app"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let said = shop.tidegate(&["export", "--deployed", "synth-main", "--output", "away"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let away = shop.folder().join("away");
    assert_eq!(files(&away), ["cdk.out/asset.abc123/index.py", "template.yaml"]);
    let said = shop.tidegate(&["destroy", "synth-main", "--confirm", "synth-main"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let said = shop.tidegate(&["deploy", "away", "--name", "synth-main"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "synthesized");
}

fn files(folder: &Path) -> Vec<String> {
    let all = super::files(folder).into_iter().filter(|path| folder.join(path).is_file());
    all.map(|path| path.to_string_lossy().into_owned()).collect()
}
