//! The crates depend on each other only as ARCHITECTURE.md says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::program::repository;

/// Whom each crate may depend on.
const ARROWS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("limits", &["model"]),
    ("wire", &["model"]),
    ("sandbox", &["model"]),
    ("stack", &["model"]),
    ("store", &["model"]),
    ("messaging", &["model", "store"]),
    ("drivers", &["model", "limits", "store"]),
    ("functions", &["model", "sandbox", "store"]),
    ("gateway", &["model", "limits", "wire"]),
    ("triggers", &["model", "store", "messaging"]),
    ("aws", &["model", "wire", "store", "functions", "messaging", "triggers"]),
    (
        "server",
        &[
            "model",
            "limits",
            "store",
            "drivers",
            "wire",
            "sandbox",
            "stack",
            "functions",
            "messaging",
            "triggers",
            "gateway",
            "aws",
        ],
    ),
    ("cli", &["model", "stack", "sandbox", "server"]),
];

/// Tests may use what production code may not.
fn is_production(dependency: &serde_json::Value) -> bool {
    dependency["kind"].is_null() || dependency["kind"] == "build"
}

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
    let ours = |value: &serde_json::Value| {
        value["name"].as_str().and_then(|name| name.strip_prefix("tidegate-")).map(str::to_owned)
    };
    let packages = metadata["packages"].as_array().expect("packages");
    let crates = packages.iter().filter(|package| {
        package["manifest_path"].as_str().is_some_and(|path| path.contains("/crates/"))
    });
    crates
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies");
            let used = all.iter().filter(|d| is_production(d)).filter_map(ours).collect();
            (ours(package).expect("a name of ours"), used)
        })
        .collect()
}

#[test]
fn every_dependency_follows_an_arrow() {
    let found = dependencies();
    let allowed: BTreeMap<_, BTreeSet<_>> = ARROWS
        .iter()
        .map(|(from, to)| ((*from).to_owned(), to.iter().map(|&to| to.to_owned()).collect()))
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), allowed.keys().collect::<Vec<_>>());
    for (from, to) in found {
        let strays: Vec<_> = to.difference(&allowed[&from]).collect();
        assert!(strays.is_empty(), "`{from}` may not depend on {strays:?}");
    }
}
