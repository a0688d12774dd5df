//! Which template the settings of SAM mean, where it is not called `template.yaml` or lies elsewhere.

use std::path::{Component, Path, PathBuf};

use super::{DEFAULT, in_folder, parse};
use crate::source::Source;
use crate::yaml::Node;

/// Sections that say it, the first before the others. What `sam deploy` alone is told may be what SAM made.
const SECTIONS: [&str; 3] = ["build", "global", "deploy"];
pub(super) const KEYS: [&str; 3] = ["template", "template_file", "template-file"];

/// Where SAM leaves what it built.
const BUILT: &str = ".aws-sam";

/// The settings in `folder`, and the template that they mean. Whether it is there is another question.
pub(crate) fn template(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let path = in_folder(folder)?;
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).ok()?;
    // What is wrong with them is told when they are read.
    let tree = parse(&Source { name, text }, &mut Vec::new())?;
    let named = SECTIONS.iter().find_map(|section| of_section(&tree, section))?;
    Some((path, folder.join(named)))
}

fn of_section<'n>(tree: &'n Node, section: &str) -> Option<&'n str> {
    let parameters = tree.get(DEFAULT)?.get(section)?.get("parameters")?;
    let named = KEYS.iter().find_map(|key| parameters.get(key)?.as_text())?;
    let is_built =
        Path::new(named).components().any(|part| part == Component::Normal(BUILT.as_ref()));
    (!is_built).then_some(named)
}

/// The folder above a manifest whose settings mean this very manifest: all that it needs is in there.
pub(crate) fn project(manifest: &Path) -> Option<&Path> {
    let mut folders = Vec::new();
    for folder in manifest.ancestors().skip(1) {
        folders.push(folder);
        if folder.join(".git").exists() {
            break;
        }
    }
    let means_it = |folder: &&Path| template(folder).is_some_and(|(_, named)| named == manifest);
    folders.into_iter().find(means_it)
}
