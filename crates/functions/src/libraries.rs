//! Libraries that AWS's runtimes bring along: boto3 with what it needs, clients of AWS's SDK for JavaScript.
//! A function that imports one and does not ship it gets it from a folder that all such functions share.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>

mod imports;
mod node;
mod python;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::{Function, Language};

use crate::artifacts::Held;
use crate::build::{Libraries, Package, Report};
use crate::code::digest::Stamp;
use crate::describe::Code;
use crate::functions::Functions;
use crate::interpreter::Interpreter;
use crate::prepare::Progress;
use imports::Import;

/// An import of something that the code does not bring.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    /// What provides it.
    package: String,
    /// `index.py:7`.
    place: String,
    /// As it is imported.
    name: String,
}

/// What files import, remembered for as long as they do not change.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    known: Mutex<HashMap<PathBuf, (Stamp, Vec<Import>)>>,
}

impl Imports {
    fn of_file(
        &self,
        file: &Path,
        metadata: &fs::Metadata,
        read: fn(&str) -> Vec<Import>,
    ) -> io::Result<Vec<Import>> {
        let stamp = Stamp::of(metadata);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned();
        if let Some((at, imports)) = known
            && at == stamp
        {
            return Ok(imports);
        }
        let imports = read(&String::from_utf8_lossy(&fs::read(file)?));
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(file.to_owned(), (stamp, imports.clone()));
        Ok(imports)
    }

    /// Calls `found` for every import of every file below `folder` that `counts`.
    fn each(
        &self,
        folder: &Path,
        counts: &dyn Fn(&Path, &BTreeSet<String>) -> bool,
        read: fn(&str) -> Vec<Import>,
        found: &mut dyn FnMut(&Path, Import),
    ) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let installed = python::installed(&entries);
        for entry in entries {
            let path = entry.path();
            if !counts(&path, &installed) {
                continue;
            }
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if metadata.is_dir() && !entry.file_type()?.is_symlink() {
                self.each(&path, counts, read, found)?;
            } else if metadata.is_file() {
                for import in self.of_file(&path, &metadata, read)? {
                    found(&path, import);
                }
            }
        }
        Ok(())
    }
}

impl Functions {
    /// The folder with what the code imports and does not bring; installed when that was not done before.
    pub(crate) async fn libraries(
        &self,
        function: &Function,
        code: &Code,
        interpreter: Option<&Interpreter>,
        progress: &dyn Progress,
    ) -> Result<Option<Held>, String> {
        let Some(interpreter) = interpreter.filter(|_| function.runtime_libraries) else {
            return Ok(None);
        };
        let wanted = self.wanted(function.runtime.language(), code, interpreter).await?;
        let Some(first) = wanted.first() else { return Ok(None) };
        let packages = packages(function.runtime.language(), interpreter, &wanted);
        let libraries = Libraries { packages: &packages, interpreter: &interpreter.path };
        let told = |report: Report<'_>| match report {
            Report::Step { text, .. } => {
                let text = format!("{text}: `{}` imports `{}`", first.place, first.name);
                progress.step(&function.name, &text);
            }
            Report::Output { line } => progress.output(&function.name, line),
        };
        let installed = self.builder.libraries(function.runtime.language(), libraries, &told).await;
        installed.map(Some).map_err(|error| refusal(first, &error.to_string()))
    }

    async fn wanted(
        &self,
        language: Language,
        code: &Code,
        interpreter: &Interpreter,
    ) -> Result<Vec<Wanted>, String> {
        let (task, layers) = (code.task.clone(), code.layers.clone());
        let (version, imports) = (interpreter.version.clone(), self.imports.clone());
        let look = move || {
            let layers = layers.as_deref();
            match language {
                Language::Python => python::wanted(&imports, &task, layers, &version),
                Language::Node => node::wanted(&imports, &task, layers, &version),
                // Code for Java brings all that it needs.
                Language::Native | Language::Java => Ok(Vec::new()),
            }
        };
        let found = tokio::task::spawn_blocking(look).await.map_err(|error| error.to_string())?;
        found.map_err(|error| format!("could not look for what its code imports: {error}"))
    }
}

fn packages(language: Language, interpreter: &Interpreter, wanted: &[Wanted]) -> Vec<Package> {
    let major_or_minor = |text: &str| text.rsplit('.').next().and_then(|it| it.parse().ok());
    let version = major_or_minor(&interpreter.version).unwrap_or_default();
    match language {
        Language::Python => python::packages(version),
        _ => node::packages(version, wanted),
    }
}

fn refusal(first: &Wanted, reason: &str) -> String {
    let Wanted { name, place, .. } = first;
    format!(
        "`{place}` imports `{name}`, which AWS's runtimes bring along and which could not be installed; \
         start it once while the package index can be reached, or ship `{name}` with the code; \
         `runtime_libraries: false` in a tidegate.yaml goes without it\n{reason}"
    )
}
