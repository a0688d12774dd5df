//! From `tidegate.yaml` to a validated stack and a change set.

mod candidates;
pub mod change_set;
mod discover;
mod env_vars;
mod environment;
mod export;
mod foreign;
pub mod manifest;
mod openapi;
mod problem;
mod resolve;
mod samconfig;
pub mod schema;
mod serverless;
mod shape;
mod source;
mod substitute;
mod template;
mod yaml;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use model::{Account, Stack};

pub use candidates::{candidates, written_candidates};
pub use discover::{MANIFEST, NotFound, SourceKind, find, in_folder, is_description};
pub use environment::Environment;
pub use export::{Exported, export};
use problem::Told;
pub use problem::{Code, Label, Look, Problem, Problems};
pub use samconfig::{SamConfig, samconfig};
pub use source::{Place, Source, Span};
use template::assembly::Assembly;

/// What a manifest may refer to, given by the caller.
#[derive(Clone, Default)]
pub struct Inputs {
    /// For `${env:NAME}`.
    pub environment: Environment,
    /// Values of parameters, as `--set name=value` gives them; the last one wins.
    pub set: Vec<(String, String)>,
    /// Whose resources the manifest declares: part of every ARN.
    pub account: Account,
    /// Where AWS's clients reach the server; the usual port when not known yet.
    pub aws_url: Option<String>,
    /// A file with values for functions' variables, as `--env-vars` gives it.
    pub env_vars: Option<PathBuf>,
    /// Leave out what is not supported, and warn of it.
    pub allow_unsupported: bool,
    /// What a template's stack is called instead of its folder's name, or of what the CDK calls it. Other
    /// descriptions name themselves.
    pub stack_name: Option<String>,
    /// What other stacks export, for `!ImportValue`.
    pub imports: BTreeMap<String, String>,
}

/// Names only: the values may be secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<_> = self.set.iter().map(|(name, _)| name).collect();
        f.debug_struct("Inputs").field("environment", &self.environment).field("set", &set).finish()
    }
}

/// A stack, and what is odd about its manifest.
#[derive(Debug)]
pub struct Read {
    pub stack: Stack,
    /// What works but was probably not meant.
    pub warnings: Option<Problems>,
    /// What has no meaning here and is accepted, such as the roles of a template.
    pub notes: Option<Problems>,
    /// The exports of other stacks that it imports.
    pub imported: BTreeSet<String>,
}

/// Reads a manifest from its file. Either everything in it is right, or all that is wrong is told.
pub fn read(manifest: &Path, inputs: &Inputs) -> Result<Stack, Problems> {
    read_with_warnings(manifest, inputs).map(|read| read.stack)
}

/// As [`read`], and tells what works but was probably not meant.
pub fn read_with_warnings(manifest: &Path, inputs: &Inputs) -> Result<Read, Problems> {
    let assembly = assembly(manifest)?;
    let file = assembly.as_ref().map_or(manifest, |assembly| &assembly.template);
    let source = Source::from_bytes(file.display().to_string(), bytes(file)?)?;
    let mut read = read_source(manifest, source, assembly.as_ref(), inputs)?;
    if let Some(file) = &inputs.env_vars {
        env_vars::apply(file, &mut read.stack)?;
    }
    Ok(read)
}

fn bytes(manifest: &Path) -> Result<Vec<u8>, Problems> {
    read_bounded(manifest).map_err(|error| {
        let name = manifest.display().to_string();
        let message = format!("the manifest `{name}` cannot be read: {error}");
        let source = Source { name, text: String::new() };
        Problems::new(source, vec![Problem::new(Code::Unreadable, message)])
    })
}

/// Reads no more than it takes to see that a file is too large.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(source::MAX_BYTES).unwrap_or(u64::MAX);
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What `cdk synth` made, when that is what the manifest is.
fn assembly(manifest: &Path) -> Result<Option<Assembly>, Problems> {
    let is_assembly = SourceKind::of(manifest, "") == SourceKind::Assembly;
    is_assembly.then(|| Assembly::open(manifest)).transpose()
}

/// The manifests of all stacks that a manifest is of: of an app of the CDK the templates, each after those that
/// it depends on, and otherwise the manifest itself.
pub fn manifests(manifest: &Path) -> Result<Vec<PathBuf>, Problems> {
    if manifest.is_dir() && SourceKind::of(manifest, "") == SourceKind::Assembly {
        let templates = template::assembly::templates(manifest)?;
        if templates.len() > 1 {
            return Ok(templates);
        }
    }
    Ok(vec![manifest.to_owned()])
}

/// The folder that has all that a manifest needs.
pub fn folder_of(manifest: &Path) -> &Path {
    match SourceKind::of(manifest, "") {
        SourceKind::Assembly if !manifest.is_dir() => template::assembly::app(manifest),
        _ => {
            let beside = || manifest.parent().unwrap_or(Path::new(""));
            samconfig::project(manifest).unwrap_or_else(beside)
        }
    }
}

/// The manifest in its native form, whoever wrote it.
pub fn native(manifest: &Path, inputs: &Inputs) -> Result<String, Problems> {
    let assembly = assembly(manifest)?;
    let file = assembly.as_ref().map_or(manifest, |assembly| &assembly.template);
    let source = Source::from_bytes(file.display().to_string(), bytes(file)?)?;
    let mut told = Told::new(inputs);
    let tree = tree(manifest, &source, assembly.as_ref(), inputs, &mut told);
    match tree {
        Some((tree, _)) if told.problems.is_empty() => Ok(yaml::print(&tree)),
        _ => Err(Problems::new(source, told.problems)),
    }
}

/// Reads a manifest that is in memory as if it were the file at `manifest`.
pub fn read_bytes(manifest: &Path, bytes: Vec<u8>, inputs: &Inputs) -> Result<Read, Problems> {
    let source = Source::from_bytes(manifest.display().to_string(), bytes)?;
    read_source(manifest, source, None, inputs)
}

fn read_source(
    manifest: &Path,
    source: Source,
    assembly: Option<&Assembly>,
    inputs: &Inputs,
) -> Result<Read, Problems> {
    let mut told = Told::new(inputs);
    let tree = tree(manifest, &source, assembly, inputs, &mut told);
    let stack = tree.and_then(|(tree, inputs)| resolved(&tree, manifest, &inputs, &mut told));
    let Told { problems, warnings, notes, imported, .. } = told;
    match stack {
        Some(stack) if problems.is_empty() => {
            let some = |all: Vec<Problem>| (!all.is_empty()).then_some(all);
            let warnings = some(warnings).map(|all| Problems::new(source.clone(), all));
            let notes = some(notes).map(|all| Problems::new(source, all));
            Ok(Read { stack, warnings, notes, imported })
        }
        _ => Err(Problems::new(source, problems)),
    }
}

/// The stack of a native manifest's tree.
fn resolved(tree: &yaml::Node, manifest: &Path, inputs: &Inputs, told: &mut Told) -> Option<Stack> {
    let mut tree = tree.clone();
    substitute::substitute(&mut tree, inputs, &mut told.problems, &mut told.warnings);
    let written = manifest::Manifest::from_tree(&tree, &mut told.problems)?;
    resolve::resolve(&written, manifest, inputs, &mut told.problems, &mut told.warnings)
}

/// The native manifest, whoever wrote the file: what comes from elsewhere is brought into its form, each
/// value with the place it came from. With the inputs that are left for it.
fn tree<'a>(
    manifest: &Path,
    source: &Source,
    assembly: Option<&Assembly>,
    inputs: &'a Inputs,
    told: &mut Told,
) -> Option<(yaml::Node, Cow<'a, Inputs>)> {
    match SourceKind::of(manifest, &source.text) {
        SourceKind::Native => {
            let tree = yaml::parse(source, yaml::Tags::Refused, &mut told.problems)?;
            Some((tree, Cow::Borrowed(inputs)))
        }
        SourceKind::Template | SourceKind::Assembly => {
            let tree = yaml::parse(source, yaml::Tags::Functions, &mut told.problems)?;
            let (tree, inputs) = template::lower(&tree, manifest, assembly, inputs, told)?;
            Some((tree, Cow::Owned(inputs)))
        }
        SourceKind::Serverless => {
            let tree = yaml::parse(source, yaml::Tags::Functions, &mut told.problems)?;
            let (tree, inputs) = serverless::lower(&tree, manifest, inputs, told)?;
            Some((tree, Cow::Owned(inputs)))
        }
        SourceKind::OpenApi => {
            let tree = yaml::parse(source, yaml::Tags::Refused, &mut told.problems)?;
            let (tree, inputs) = openapi::lower(&tree, inputs, told)?;
            Some((tree, Cow::Owned(inputs)))
        }
    }
}
