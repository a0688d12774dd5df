//! What Node's runtimes bring: AWS's SDK, version 3 from Node 18 on, version 2 before.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{Imports, Wanted, imports};
use crate::build::Package;
use crate::code::digest::is_ignored;

const VERSION_2: &str = "aws-sdk";
/// The last of it.
const VERSION_2_LAST: &str = "2.1693.0";
/// The first Node whose runtime has version 3.
const FIRST_WITH_3: u8 = 18;
/// By the least major version of Node, the oldest first.
const VERSIONS: [(u8, &str); 2] = [(FIRST_WITH_3, "3.960.0"), (20, "3.1162.0")];

/// Only what is imported, since the whole SDK is some four hundred packages.
pub(super) fn packages(major: u8, wanted: &[Wanted]) -> Vec<Package> {
    let fitting = VERSIONS.iter().rev().find(|(least, _)| *least <= major);
    let version = fitting.map_or(VERSION_2_LAST, |(_, version)| version);
    let names: BTreeSet<&String> = wanted.iter().map(|it| &it.package).collect();
    names.into_iter().map(|name| Package { name: name.clone(), version }).collect()
}

/// Imports in the code and its layers, but not in packages that were installed into them. `version` is `20`.
pub(super) fn wanted(
    all: &Imports,
    task: &Path,
    layers: Option<&Path>,
    version: &str,
) -> io::Result<Vec<Wanted>> {
    let below = |layers: &Path| {
        let modules = layers.join("nodejs");
        [modules.join(format!("node{version}")), modules]
    };
    let layers: Vec<PathBuf> = layers.into_iter().flat_map(below).collect();
    let has_3 = version.parse().is_ok_and(|major: u8| major >= FIRST_WITH_3);
    let mut wanted = BTreeSet::new();
    let roots = std::iter::once(task).chain(layers.last().map(PathBuf::as_path));
    for root in roots.filter(|root| root.is_dir()) {
        all.each(root, &is_own_source, imports::of_node, &mut |file, import| {
            // Where Node looks: beside the file and above, then in the layers.
            let above = file.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
            let mut places = above.chain(layers.iter().map(PathBuf::as_path));
            let has = |folder: &Path| folder.join("node_modules").join(&import.name).exists();
            let is_of_runtime = has_3 != (import.name == VERSION_2);
            if is_of_runtime && !places.any(has) {
                let shown = file.strip_prefix(root).unwrap_or(file).display();
                let (package, place) = (import.name.clone(), format!("{shown}:{}", import.line));
                wanted.insert(Wanted { package, place, name: import.name });
            }
        })?;
    }
    Ok(wanted.into_iter().collect())
}

fn is_own_source(path: &Path, _: &BTreeSet<String>) -> bool {
    const SOURCES: [&str; 8] = ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if is_ignored(path) || ["node_modules", "cdk.out"].contains(&name) {
        return false;
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|it| SOURCES.contains(&it)) || path.is_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(files: &[(&str, &str)], version: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let (task, layers) = (folder.path().join("task"), folder.path().join("opt"));
        let wanted = wanted(&Imports::default(), &task, Some(&layers), version).expect("read");
        let packages = packages(version.parse().expect("a number"), &wanted);
        packages.into_iter().map(|it| format!("{}@{}", it.name, it.version)).collect()
    }

    const OWN: (&str, &str) = (
        "task/src/index.mjs",
        "import { SQS } from '@aws-sdk/client-sqs'\nimport { S3 } from '@aws-sdk/client-s3'",
    );

    #[test]
    fn only_what_is_imported_and_not_brought_is_wanted() {
        let (s3, sqs) = ("@aws-sdk/client-s3@3.1162.0", "@aws-sdk/client-sqs@3.1162.0");
        assert_eq!(names(&[OWN], "22"), [s3, sqs]);
        let brought = ("task/node_modules/@aws-sdk/client-sqs/index.js", "");
        assert_eq!(names(&[OWN, brought], "22"), [s3]);
        let in_layer = ("opt/nodejs/node_modules/@aws-sdk/client-s3/index.js", "");
        assert_eq!(names(&[OWN, in_layer], "22"), [sqs]);
        let of_others = ("task/node_modules/x/index.js", "require('@aws-sdk/client-ssm')");
        assert_eq!(names(&[("task/index.js", ""), of_others], "22"), [""; 0]);
    }

    #[test]
    fn each_runtime_has_its_version() {
        let old = ("task/index.js", "const AWS = require('aws-sdk')");
        assert_eq!(names(&[old], "16"), ["aws-sdk@2.1693.0"]);
        assert_eq!(names(&[old], "18"), [""; 0], "AWS's runtime has none, either");
        assert_eq!(names(&[OWN], "18")[0], "@aws-sdk/client-s3@3.960.0");
        assert_eq!(names(&[OWN], "16"), [""; 0]);
    }
}
