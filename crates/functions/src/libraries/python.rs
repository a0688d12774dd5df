//! What Python's runtimes bring: boto3 with everything it needs.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Imports, Wanted, imports};
use crate::build::Package;
use crate::code::digest::is_ignored;

/// By the names under which they are imported.
const MODULES: [&str; 7] =
    ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"];

/// The last versions for each minor version of Python, the oldest first.
const VERSIONS: [(u8, [&str; 7]); 3] = [
    (8, ["1.37.38", "1.37.38", "0.11.5", "1.0.1", "2.9.0.post0", "1.17.0", "2.2.3"]),
    (9, ["1.42.97", "1.42.97", "0.16.1", "1.1.0", "2.9.0.post0", "1.17.0", "2.6.3"]),
    (10, ["1.44.5", "1.44.5", "0.19.3", "1.1.0", "2.9.0.post0", "1.17.0", "2.8.0"]),
];

/// Everything there is: the parts need each other.
pub(super) fn packages(minor: u8) -> Vec<Package> {
    let fitting = VERSIONS.iter().rev().find(|(least, _)| *least <= minor);
    let (_, versions) = fitting.unwrap_or(&VERSIONS[0]);
    let name =
        |module: &str| if module == "dateutil" { "python-dateutil" } else { module }.to_owned();
    let each = MODULES.iter().zip(versions);
    each.map(|(module, version)| Package { name: name(module), version }).collect()
}

/// Imports in the code and its layers, but not in packages that were installed into them: those say themselves
/// what they need. `version` is `3.11`.
pub(super) fn wanted(
    all: &Imports,
    task: &Path,
    layers: Option<&Path>,
    version: &str,
) -> io::Result<Vec<Wanted>> {
    let below = |layers: &Path| {
        let packages = layers.join("python");
        let own = packages.join("lib").join(format!("python{version}")).join("site-packages");
        [packages, own]
    };
    let mut roots = vec![task.to_owned()];
    roots.extend(layers.into_iter().flat_map(below).filter(|folder| folder.is_dir()));
    // Code may add a folder such as `vendor` to its search path.
    let below = roots.iter().flat_map(|root| folders_in(root));
    let places: Vec<PathBuf> = roots.iter().cloned().chain(below).collect();
    let is_brought = |module: &str| places.iter().any(|place| has_module(place, module));
    let mut wanted = BTreeSet::new();
    for root in &roots {
        all.each(root, &is_own_source, imports::of_python, &mut |file, import| {
            if MODULES.contains(&&*import.name) && !is_brought(&import.name) {
                let shown = file.strip_prefix(root).unwrap_or(file).display();
                let place = format!("{shown}:{}", import.line);
                wanted.insert(Wanted { package: String::new(), place, name: import.name });
            }
        })?;
    }
    Ok(wanted.into_iter().collect())
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn has_module(root: &Path, module: &str) -> bool {
    root.join(module).is_dir() || root.join(format!("{module}.py")).is_file()
}

fn is_own_source(path: &Path, installed: &BTreeSet<String>) -> bool {
    const FOREIGN: [&str; 4] = ["node_modules", ".venv", "venv", "cdk.out"];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if is_ignored(path) || FOREIGN.contains(&name) || installed.contains(name) {
        return false;
    }
    path.extension().is_none_or(|extension| extension == "py") || path.is_dir()
}

/// What installers put into a folder, as they noted it there.
pub(super) fn installed(entries: &[fs::DirEntry]) -> BTreeSet<String> {
    let records = entries.iter().map(fs::DirEntry::path);
    let records = records.filter(|path| path.extension().is_some_and(|it| it == "dist-info"));
    let texts =
        records.filter_map(|record: PathBuf| fs::read_to_string(record.join("RECORD")).ok());
    let first = |line: &str| {
        let path = line.split(',').next().unwrap_or(line).trim_matches('"');
        path.split('/').next().unwrap_or(path).to_owned()
    };
    texts.flat_map(|text| text.lines().map(first).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(files: &[(&str, &str)], layers: bool) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let layers = layers.then(|| folder.path().join("opt"));
        let task = folder.path().join("task");
        let wanted = wanted(&Imports::default(), &task, layers.as_deref(), "3.11");
        wanted.expect("read").into_iter().map(|it| format!("{} {}", it.place, it.name)).collect()
    }

    #[test]
    fn what_is_not_brought_is_wanted() {
        let own = ("task/index.py", "import os\nimport boto3\n");
        assert_eq!(places(&[own], false), ["index.py:2 boto3"]);
        assert_eq!(
            places(&[own, ("task/boto3/__init__.py", "import botocore")], false),
            ["boto3/__init__.py:1 botocore"]
        );
        assert_eq!(places(&[own, ("task/vendor/boto3/__init__.py", "")], false), [""; 0]);
        let layer = ("opt/python/boto3.py", "");
        assert_eq!(places(&[own, layer], true), [""; 0]);
        let of_version = ("opt/python/lib/python3.11/site-packages/boto3/__init__.py", "");
        assert_eq!(places(&[own, of_version], true), [""; 0]);
        let shared = ("opt/python/shared/aws.py", "from botocore import exceptions");
        assert_eq!(places(&[("task/index.py", ""), shared], true), ["shared/aws.py:1 botocore"]);
    }

    #[test]
    fn installed_packages_are_not_the_functions_own_source() {
        let files = [
            ("task/index.py", "import requests"),
            ("task/requests/adapters.py", "import urllib3"),
            ("task/single.py", "import boto3"),
            ("task/requests-2.dist-info/RECORD", "requests/adapters.py,sha256=x,1\nsingle.py,,\n"),
            ("task/.venv/lib/x.py", "import boto3"),
            ("task/README.md", "import boto3"),
        ];
        assert_eq!(places(&files, false), [""; 0]);
    }

    #[test]
    fn versions_are_those_for_the_python() {
        let boto3 = |minor| packages(minor).swap_remove(0).version;
        assert_eq!(
            [boto3(8), boto3(9), boto3(10), boto3(14)],
            ["1.37.38", "1.42.97", "1.44.5", "1.44.5"]
        );
        let names: Vec<String> = packages(12).into_iter().map(|it| it.name).collect();
        assert_eq!(names[4], "python-dateutil");
    }
}
