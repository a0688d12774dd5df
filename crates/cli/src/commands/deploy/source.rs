//! Reads the stack of a folder, and packs the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::Build;
use server::bundle::{self, PackProblem, Packed};
use stack::{Code, Inputs, Problems, Read};

use super::Stack;
use crate::arguments::Daemon;
use crate::exit::{Exit, Failure};
use crate::{client, locate, output, samconfig};

/// A stack that can be sent.
pub(crate) struct Source {
    /// Of the deployment: the stack's, and the environment behind an `@`.
    pub(crate) name: String,
    /// The manifest in its folder.
    pub(crate) file: String,
    pub(crate) packed: Packed,
    pub(crate) set: Vec<(String, String)>,
    /// What the manifest refers to, and nothing else of this machine.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) allow_unsupported: bool,
    /// What was told of it already, as the server says it.
    pub(crate) told: BTreeSet<String>,
}

impl Source {
    /// What is wrong with the stack is told here already, with places in the user's own files.
    pub(crate) fn read(wanted: &Stack, daemon: &Daemon) -> Result<Self, Failure> {
        let manifest = locate::manifest(wanted.dir.as_deref())?;
        Self::of(&manifest, wanted, daemon)
    }

    /// The manifests that are meant: of an app of the CDK each stack's, after those that it depends on.
    pub(crate) fn manifests(wanted: &Stack) -> Result<Vec<PathBuf>, Failure> {
        let manifest = locate::manifest(wanted.dir.as_deref())?;
        stack::manifests(&manifest).map_err(|problems| refused(&problems))
    }

    pub(crate) fn of(manifest: &Path, wanted: &Stack, daemon: &Daemon) -> Result<Self, Failure> {
        let mut environment: stack::Environment = std::env::vars().collect();
        for file in &wanted.env_file {
            variables(file)?.into_iter().for_each(|(name, value)| environment.insert(name, value));
        }
        let allow_unsupported = wanted.allow_unsupported;
        let set = values(wanted, manifest);
        let stack_name = wanted.name.clone();
        let exports = exports(daemon);
        let imports = exports.as_ref().ok().cloned().unwrap_or_default();
        let mut inputs = Inputs {
            environment,
            set,
            allow_unsupported,
            stack_name,
            imports,
            ..Inputs::default()
        };
        samconfig::apply(manifest, wanted.env.as_deref(), &mut inputs)?;
        let read = stack::read_with_warnings(manifest, &inputs);
        let read = read_beside(read, exports.err())?;
        let told = tell(&read);
        check_name(wanted.name.as_deref(), &read.stack.name, manifest)?;
        let file = manifest.strip_prefix(stack::folder_of(manifest)).unwrap_or(manifest);
        let file = file.to_string_lossy().into_owned();
        let packed = pack(manifest, &file, &read.stack)?;
        let name = match &wanted.env {
            Some(environment) => format!("{}@{environment}", read.stack.name),
            None => read.stack.name,
        };
        let environment = inputs.environment.referred_to();
        Ok(Self { name, file, packed, set: inputs.set, environment, allow_unsupported, told })
    }
}

/// What is wrong with the stack is told first, unless it lacks what only the server knows: what others export.
fn read_beside(read: Result<Read, Problems>, unheard: Option<Failure>) -> Result<Read, Failure> {
    match (read, unheard) {
        (Ok(read), None) => Ok(read),
        (Ok(_), Some(failure)) => Err(failure),
        (Err(problems), unheard) => {
            let imports = problems.all.iter().any(|problem| problem.code == Code::MissingImport);
            Err(unheard.filter(|_| imports).unwrap_or_else(|| refused(&problems)))
        }
    }
}

fn refused(problems: &stack::Problems) -> Failure {
    output::note(problems.render(output::look()));
    Failure::silent(Exit::Usage)
}

/// What the server's stacks export.
fn exports(daemon: &Daemon) -> Result<BTreeMap<String, String>, Failure> {
    let server = locate::daemon(daemon)?;
    let all = client::get_json(server.admin(), "/deployments")?;
    let each = all["deployments"].as_array().into_iter().flatten();
    let exports = each.flat_map(|one| one["exports"].as_object().into_iter().flatten());
    let text = |(name, value): (&String, &serde_json::Value)| {
        Some((name.clone(), value.as_str()?.to_owned()))
    };
    Ok(exports.filter_map(text).collect())
}

/// Those that were given. The framework calls an environment a stage.
fn values(wanted: &Stack, manifest: &Path) -> Vec<(String, String)> {
    let mut set = wanted.set.concat();
    let is_service = manifest.file_stem().is_some_and(|stem| stem == "serverless");
    let has_stage = set.iter().any(|(name, _)| name == "stage");
    if let Some(environment) = wanted.env.as_ref().filter(|_| is_service && !has_stage) {
        set.push(("stage".to_owned(), environment.clone()));
    }
    set
}

fn check_name(wanted: Option<&str>, found: &str, manifest: &Path) -> Result<(), Failure> {
    let Some(wanted) = wanted.filter(|wanted| *wanted != found) else { return Ok(()) };
    let text = format!("{} calls its stack `{found}`, and not `{wanted}`", manifest.display());
    Err(Failure::usage(text).help("--name is for templates, which name no stack; change it there"))
}

/// Tells what was left out, with its place, and how much has no meaning here.
fn tell(read: &Read) -> BTreeSet<String> {
    let warnings = read.warnings.iter().flat_map(|problems| &problems.all);
    if let Some(problems) = &read.warnings {
        output::note(problems.lines());
    }
    if let Some(notes) = &read.notes {
        let (count, are) = match notes.all.len() {
            1 => ("1 resource".to_owned(), "has"),
            more => (format!("{more} resources"), "have"),
        };
        let said = format!("{count} {are} no meaning here; `tidegate synth` tells which");
        output::note_line(said);
    }
    warnings.map(|one| format!("{}: {}", one.code, one.message)).collect()
}

/// The manifest's folder; of what `cdk synth` made, its own folder alone.
fn pack(manifest: &Path, file: &str, stack: &model::Stack) -> Result<Packed, Failure> {
    let wrong = |problem: PackProblem| Failure::usage(problem.to_string());
    if !manifest.is_dir() {
        return bundle::pack(stack::folder_of(manifest), &left_out(stack)).map_err(wrong);
    }
    let mut packed = bundle::pack(manifest, &left_out(stack)).map_err(wrong)?;
    let files = std::mem::take(&mut packed.listing.files).into_iter();
    packed.listing.files = files.map(|(path, entry)| (format!("{file}/{path}"), entry)).collect();
    Ok(packed)
}

/// What the server makes itself.
fn left_out(stack: &model::Stack) -> BTreeSet<PathBuf> {
    let functions = stack.functions.values().filter_map(|it| Some((&it.build, it.code.path()?)));
    let processes = stack.processes.values().map(|it| (&it.build, &it.code));
    let built = functions.chain(processes).filter(|(build, _)| matches!(build, Some(Build::Npm)));
    built.map(|(_, code)| code.join("node_modules")).collect()
}

/// `NAME=VALUE` lines; empty ones and those that begin with `#` say nothing.
fn variables(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |text: String| Failure::usage(format!("--env-file {}: {text}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let pair = line.strip_prefix("export ").unwrap_or(line).split_once('=');
        let Some((name, value)) = pair.filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(wrong(format!("line {} is not NAME=VALUE", at + 1)));
        };
        all.push((name.trim().to_owned(), unquoted(value.trim()).to_owned()));
    }
    Ok(all)
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_variables_are_read_and_wrong_lines_named() {
        let folder = std::env::temp_dir().join(format!("tidegate-env-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("env");
        std::fs::write(&file, "# secrets\n\nA=1\nexport B = \"two words\"\nC='x=y'\n").unwrap();
        let all = variables(&file).unwrap();
        let all: Vec<_> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(all, [("A", "1"), ("B", "two words"), ("C", "x=y")]);
        std::fs::write(&file, "A=1\nnonsense\n").unwrap();
        assert!(variables(&file).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
