//! `tidegate init`: a small stack that works, to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use serde_json::json;
use stack::NotFound;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::locate::MANIFEST;
use crate::output;

/// Write a small working stack into a folder
///
/// Existing files are never changed: if one is in the way, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate init hello
  tidegate init hello --template rust
  tidegate up hello")]
pub(crate) struct Init {
    /// Where to; created when missing
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Language of its function
    #[arg(long, value_enum, default_value_t = Template::Python)]
    template: Template,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    Python,
    Node,
    Rust,
}

/// A file of a template, by its path in the new folder.
type File = (&'static str, &'static str);

const PYTHON: [File; 2] = [
    (MANIFEST, include_str!("../../templates/python/tidegate.yaml")),
    ("functions/hello/index.py", include_str!("../../templates/python/functions/hello/index.py")),
];
const NODE: [File; 2] = [
    (MANIFEST, include_str!("../../templates/node/tidegate.yaml")),
    ("functions/hello/index.mjs", include_str!("../../templates/node/functions/hello/index.mjs")),
];
const RUST: [File; 3] = [
    (MANIFEST, include_str!("../../templates/rust/tidegate.yaml")),
    (
        "functions/hello/Cargo.toml",
        include_str!("../../templates/rust/functions/hello/Cargo.toml.template"),
    ),
    (
        "functions/hello/src/main.rs",
        include_str!("../../templates/rust/functions/hello/src/main.rs"),
    ),
];

impl Template {
    fn files(self) -> &'static [File] {
        match self {
            Self::Python => &PYTHON,
            Self::Node => &NODE,
            Self::Rust => &RUST,
        }
    }

    /// The runtime this machine can run, so that the next command works.
    fn runtime(self) -> String {
        match self {
            Self::Python => version_of("python3")
                .and_then(|version| Some(format!("python3.{}", version.split('.').nth(1)?)))
                .unwrap_or_else(|| "python3.13".to_owned()),
            Self::Node => version_of("node")
                .and_then(|version| Some(format!("nodejs{}.x", version.split('.').next()?)))
                .unwrap_or_else(|| "nodejs22.x".to_owned()),
            Self::Rust => "provided.al2023".to_owned(),
        }
    }
}

/// `3.11.7` of `Python 3.11.7`, `20.20.2` of `v20.20.2`.
fn version_of(program: &str) -> Option<String> {
    let out = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let version = text.split_whitespace().last()?.trim_start_matches('v');
    Some(version.to_owned())
}

pub(crate) fn run(command: &Init) -> Result<Exit, Failure> {
    let dir = std::path::absolute(&command.dir)?;
    let files = command.template.files();
    if let Some((path, _)) = files.iter().find(|(path, _)| dir.join(path).exists()) {
        let text = format!("{} exists already; nothing was written", dir.join(path).display());
        return Err(Failure::failed(text).help("choose an empty folder: tidegate init DIR"));
    }
    check(&dir)?;
    let (name, runtime) = (stack_name(&dir), command.template.runtime());
    for (path, text) in files {
        let text = text.replace("{{name}}", &name).replace("{{runtime}}", &runtime);
        let path = dir.join(path);
        write_new(&path, &text)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    }
    let next = format!("tidegate up {}", quoted(&command.dir));
    if command.output.is_json() {
        let written: Vec<_> = files.iter().map(|(path, _)| dir.join(path)).collect();
        output::json(&json!({ "name": name, "files": written, "next": next }))?;
        return Ok(Exit::Done);
    }
    for (path, _) in files {
        output::line(&format!("  wrote {}", command.dir.join(path).display()))?;
    }
    output::line(&format!("\nNext:\n  {next}\n  curl http://127.0.0.1:3000/hello/Ada"))?;
    Ok(Exit::Done)
}

/// A stack that was written beside another description could not be served.
fn check(dir: &Path) -> Result<(), Failure> {
    let is_file = |folder: &&Path| folder.symlink_metadata().is_ok() && !folder.is_dir();
    if let Some(file) = dir.ancestors().find(is_file) {
        let text = format!("{} is not a folder; nothing was written", file.display());
        return Err(Failure::failed(text).help("choose another one: tidegate init DIR"));
    }
    match stack::in_folder(dir) {
        Err(NotFound::Nothing { .. }) => Ok(()),
        Ok(found) => {
            let text = format!("{} describes a stack; nothing was written", found.display());
            Err(Failure::failed(text).help("`tidegate up` serves it as it is"))
        }
        Err(other) => {
            let text = format!("{other}; nothing was written");
            Err(Failure::failed(text).help(other.help()))
        }
    }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(std::io::Error::other("appeared while the stack was being written"))
        }
        Err(error) => Err(error),
    }
}

/// The folder's name with what a stack's name may not have replaced.
fn stack_name(dir: &Path) -> String {
    let name = dir.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let name = name.trim_matches('-');
    let name: String = name.chars().take(64).collect();
    if name.is_empty() { "hello".to_owned() } else { name }
}

/// As a shell wants it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_stack() {
        assert_eq!(stack_name(Path::new("/tmp/My App")), "my-app");
        assert_eq!(stack_name(Path::new("/")), "hello");
        assert_eq!(stack_name(Path::new("/tmp/日本")), "hello");
    }

    #[test]
    fn the_next_command_can_be_pasted() {
        assert_eq!(quoted(Path::new("a/b-c")), "a/b-c");
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
    }
}
