//! What `cdk synth` leaves: a manifest, templates, and the files that they mean by digests.
//! <https://docs.aws.amazon.com/cdk/v2/guide/configure-synth.html>

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::Value as Json;

use crate::discover::ASSEMBLY;
use crate::problem::{Code, Problem, Problems};
use crate::source::Source;

/// The type of artifacts that are stacks, and of those that are assemblies of a stage.
const STACK: &str = "aws:cloudformation:stack";
const NESTED: &str = "cdk:cloud-assembly";

/// One stack of an app, and where its assets are.
#[derive(Debug)]
pub(crate) struct Assembly {
    /// The template.
    pub(crate) template: PathBuf,
    /// The folder that assets lie in.
    pub(super) folder: PathBuf,
    pub(super) stack: String,
    /// Values of parameters that the CDK's own command would give, by name.
    pub(super) parameters: BTreeMap<String, String>,
    /// Paths by what the template calls them: the name of an object in a bucket, without its ending.
    assets: BTreeMap<String, PathBuf>,
}

impl Assembly {
    /// `path` is the folder, when it holds one stack, or the template of one of its stacks.
    pub(crate) fn open(path: &Path) -> Result<Self, Problems> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let file = folder.join(ASSEMBLY);
        let manifest = document(&file)?;
        let artifacts = manifest["artifacts"].as_object();
        let artifacts = artifacts.into_iter().flatten();
        let of = |kind: &'static str| artifacts.clone().filter(move |(_, it)| it["type"] == kind);
        let template =
            |it: &Json| folder.join(it["properties"]["templateFile"].as_str().unwrap_or_default());
        let all: Vec<_> = of(STACK).collect();
        if path.is_dir() && of(NESTED).next().is_some() {
            let templates = templates(folder)?;
            return match templates.as_slice() {
                [one] => Self::open(one),
                _ => Err(not_one(&file, folder, &templates)),
            };
        }
        let chosen: Vec<_> = match path.is_dir() {
            true => all.clone(),
            false => all.iter().copied().filter(|(_, it)| template(it) == path).collect(),
        };
        let [(id, artifact)] = chosen.as_slice() else {
            let templates: Vec<PathBuf> = all.iter().map(|(_, it)| template(it)).collect();
            return Err(not_one(&file, folder, &templates));
        };
        let stack = artifact["properties"]["stackName"].as_str().unwrap_or(id);
        let mut assembly = Self {
            template: template(artifact),
            folder: folder.to_owned(),
            stack: stack.to_owned(),
            parameters: BTreeMap::new(),
            assets: BTreeMap::new(),
        };
        for (_, manifest) in of("cdk:asset-manifest") {
            let name = manifest["properties"]["file"].as_str().unwrap_or_default();
            assembly.list(&document(&folder.join(name))?);
        }
        assembly.given(artifact);
        Ok(assembly)
    }

    /// Files of a list of assets, as apps of the second version have it.
    fn list(&mut self, manifest: &Json) {
        for (digest, file) in manifest["files"].as_object().into_iter().flatten() {
            if let Some(path) = file["source"]["path"].as_str() {
                self.assets.insert(digest.clone(), within(&self.folder, path));
            }
        }
    }

    /// Assets whose places are parameters, as apps of the first version have them.
    fn given(&mut self, artifact: &Json) {
        for (name, value) in artifact["properties"]["parameters"].as_object().into_iter().flatten()
        {
            if let Some(value) = value.as_str() {
                self.parameters.insert(name.clone(), value.to_owned());
            }
        }
        let entries = artifact["metadata"].as_object().into_iter().flat_map(|it| it.values());
        for entry in entries.flat_map(|it| it.as_array().into_iter().flatten()) {
            let data = &entry["data"];
            let (Some(path), true) = (data["path"].as_str(), entry["type"] == "aws:cdk:asset")
            else {
                continue;
            };
            let digest = data["sourceHash"].as_str().unwrap_or(path);
            self.assets.insert(digest.to_owned(), within(&self.folder, path));
            let mut give = |key: &str, value: String| {
                if let Some(name) = data[key].as_str() {
                    self.parameters.insert(name.to_owned(), value);
                }
            };
            give("s3BucketParameter", "assets".to_owned());
            give("s3KeyParameter", format!("||{digest}.zip"));
            give("artifactHashParameter", digest.to_owned());
        }
    }

    /// The file or folder of an object in the bucket of assets.
    pub(super) fn asset(&self, key: &str) -> Option<&Path> {
        let name = key.rsplit('/').next().unwrap_or(key);
        let digest = name.split('.').next().unwrap_or(name);
        self.assets.get(digest).map(PathBuf::as_path)
    }
}

/// A stage's assets lie beside its folder: `../asset.0a1b`.
fn within(folder: &Path, path: &str) -> PathBuf {
    let mut whole = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// The folder that has all that a template of an app needs: of a stage's, that of the whole app.
pub(crate) fn app(template: &Path) -> &Path {
    let mut folder = template.parent().unwrap_or(Path::new(""));
    while let (Some(outer), Some(name)) = (folder.parent(), folder.file_name()) {
        let manifest = document(&outer.join(ASSEMBLY)).unwrap_or_default();
        let artifacts = manifest["artifacts"].as_object();
        let is_stage = |it: &Json| {
            it["type"] == NESTED && it["properties"]["directoryName"].as_str() == name.to_str()
        };
        if !artifacts.is_some_and(|all| all.values().any(is_stage)) {
            break;
        }
        folder = outer;
    }
    folder
}

/// The templates of an app's stacks, also of its stages, each after those that it depends on.
pub(crate) fn templates(folder: &Path) -> Result<Vec<PathBuf>, Problems> {
    let mut templates = Vec::new();
    list(folder, 0, &mut templates)?;
    Ok(templates)
}

/// Stages are not in stages of stages without end.
const DEEPEST: usize = 8;

fn list(folder: &Path, depth: usize, templates: &mut Vec<PathBuf>) -> Result<(), Problems> {
    let manifest = document(&folder.join(ASSEMBLY))?;
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for id in manifest["artifacts"].as_object().into_iter().flatten().map(|(id, _)| id) {
        add(id, &manifest["artifacts"], &mut seen, &mut files);
    }
    for file in files {
        match file {
            Part::Template(file) => templates.push(folder.join(file)),
            Part::Stage(name) if depth < DEEPEST => {
                list(&folder.join(name), depth + 1, templates)?;
            }
            Part::Stage(_) => {}
        }
    }
    Ok(())
}

/// What an assembly is made of.
enum Part<'a> {
    Template(&'a str),
    /// The folder of an assembly of its own.
    Stage(&'a str),
}

fn add<'a>(
    id: &'a str,
    artifacts: &'a Json,
    seen: &mut BTreeSet<&'a str>,
    parts: &mut Vec<Part<'a>>,
) {
    if !seen.insert(id) {
        return;
    }
    let artifact = &artifacts[id];
    let needed = artifact["dependencies"].as_array().into_iter().flatten();
    needed.filter_map(Json::as_str).for_each(|other| add(other, artifacts, seen, parts));
    let of = |key: &str| artifact["properties"][key].as_str();
    if artifact["type"] == STACK {
        parts.extend(of("templateFile").map(Part::Template));
    } else if artifact["type"] == NESTED {
        parts.extend(of("directoryName").map(Part::Stage));
    }
}

fn document(path: &Path) -> Result<Json, Problems> {
    let problem = |code, message| {
        let source = Source { name: path.display().to_string(), text: String::new() };
        Problems::new(source, vec![Problem::new(code, message)])
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        problem(Code::Unreadable, format!("`{}` cannot be read: {error}", path.display()))
    })?;
    serde_json::from_str(&text).map_err(|error| {
        problem(Code::Syntax, format!("`{}` is not JSON: {error}", path.display()))
    })
}

fn not_one(file: &Path, folder: &Path, templates: &[PathBuf]) -> Problems {
    let source = Source { name: file.display().to_string(), text: String::new() };
    let names: Vec<String> = templates.iter().map(|it| stack_of(it)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = match names.as_slice() {
        [] => format!("`{}` holds no stack", folder.display()),
        _ => format!(
            "`{}` holds several stacks: {}",
            folder.display(),
            crate::shape::listed(names, "and")
        ),
    };
    let paths: Vec<String> = templates.iter().map(|it| format!("`{}`", it.display())).collect();
    let help = match paths.is_empty() {
        true => "run `cdk synth` in the app's folder".to_owned(),
        false => format!("name the template of one: {}", paths.join(" or ")),
    };
    Problems::new(source, vec![Problem::new(Code::Conflict, message).help(help)])
}

/// What the CDK calls the stack of a template.
fn stack_of(template: &Path) -> String {
    let name = template.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".template.json").unwrap_or(&name).to_owned()
}
