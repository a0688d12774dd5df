//! Decides what a function sees where, and which program that makes.

mod java;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Function, FunctionVersion};
use sandbox::{Bind, Filesystem, TARGET_DATA, TARGET_LAYERS, TARGET_TASK};
use sha2::{Digest, Sha256};

use crate::describe::Code;
use crate::functions::Functions;
use crate::interpreter::Interpreter;
use crate::prepare::Plan;
use crate::process::Program;
use crate::variables::{self, Places};

/// Where bootstraps are seen from inside.
const TARGET_RUNTIME: &str = "/var/runtime";
/// Where libraries are seen that AWS's runtimes bring.
const TARGET_LIBRARIES: &str = "/var/lang";

/// What a function is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Material<'a> {
    pub(crate) code: &'a Code,
    pub(crate) libraries: Option<&'a Path>,
    pub(crate) interpreter: Option<&'a Interpreter>,
}

/// Everything that a function has on this machine.
struct Sources<'a> {
    material: Material<'a>,
    bootstraps: &'a Path,
    data: Option<&'a Path>,
}

/// Where the function sees it.
struct Seen {
    task: PathBuf,
    runtime: PathBuf,
    layers: Option<PathBuf>,
    libraries: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Functions {
    /// How the function is to be run.
    pub(crate) fn lay_out(
        &self,
        (function, number): (&Function, FunctionVersion),
        material: Material<'_>,
        filesystem: Filesystem,
    ) -> Result<Plan, String> {
        let Material { code, interpreter, .. } = material;
        // One folder for the stack: functions that ask for it share what they keep.
        let data = function.data.then_some(&*self.platform.settings.data);
        if let Some(data) = data {
            std::fs::create_dir_all(data).map_err(|error| {
                format!("could not create its data folder `{}`: {error}", data.display())
            })?;
        }
        let sources = Sources { material, bootstraps: self.bootstraps.folder(), data };
        let seen = sources.seen(filesystem);
        let places = seen.places();
        let mut variables = variables::of(function, number, &self.platform.settings, &places);
        let (path, mut arguments) = command(function, code, &places, interpreter)?;
        if let Some(debugger) = self.platform.settings.debugger_of(&function.name, number) {
            let language = function.runtime.language();
            arguments.splice(0..0, debugger.flags(language));
            variables.extend(debugger.variables(language));
        }
        let program = Program {
            path,
            arguments,
            directory: seen.task.clone(),
            binds: sources.binds(),
            memory: function.memory,
            mode: function.sandbox,
        };
        Ok(Plan {
            function: Arc::new(function.clone()),
            number,
            code: code.clone(),
            digest: digest(function, material),
            program,
            variables,
            inherits_channel: interpreter.is_some(),
            kept: Vec::new(),
            trouble: None,
        })
    }
}

impl Sources<'_> {
    fn binds(&self) -> Vec<Bind> {
        let Material { code, libraries, interpreter } = self.material;
        let mut binds = vec![Bind::read_only(&code.task, TARGET_TASK)];
        binds.extend(interpreter.map(|_| Bind::read_only(self.bootstraps, TARGET_RUNTIME)));
        binds.extend(code.layers.as_ref().map(|layers| Bind::read_only(layers, TARGET_LAYERS)));
        binds.extend(libraries.map(|libraries| Bind::read_only(libraries, TARGET_LIBRARIES)));
        binds.extend(self.data.map(|data| Bind::read_write(data, TARGET_DATA)));
        binds.extend(interpreter.and_then(|found| Bind::for_interpreter(&found.path)));
        let linked = interpreter.map_or(&[][..], |found| &found.linked);
        binds.extend(linked.iter().map(|path| Bind::read_only(path, path)));
        binds
    }

    fn seen(&self, filesystem: Filesystem) -> Seen {
        let at = |target: &'static str, source: &Path| match filesystem {
            Filesystem::Private => PathBuf::from(target),
            Filesystem::Host => source.to_owned(),
        };
        let Material { code, libraries, .. } = self.material;
        Seen {
            task: at(TARGET_TASK, &code.task),
            runtime: at(TARGET_RUNTIME, self.bootstraps),
            layers: code.layers.as_ref().map(|layers| at(TARGET_LAYERS, layers)),
            libraries: libraries.map(|libraries| at(TARGET_LIBRARIES, libraries)),
            data: self.data.map(|data| at(TARGET_DATA, data)),
        }
    }
}

impl Seen {
    fn places(&self) -> Places<'_> {
        Places {
            task: &self.task,
            layers: self.layers.as_deref(),
            runtime: &self.runtime,
            libraries: self.libraries.as_deref(),
            data: self.data.as_deref(),
        }
    }
}

fn command(
    function: &Function,
    code: &Code,
    places: &Places<'_>,
    interpreter: Option<&Interpreter>,
) -> Result<(PathBuf, Vec<OsString>), String> {
    let Some(interpreter) = interpreter else {
        // As on Lambda, a layer may bring the runtime.
        let has_own = code.task.join("bootstrap").exists();
        let folder = places.layers.filter(|_| !has_own).unwrap_or(places.task);
        return Ok((folder.join("bootstrap"), Vec::new()));
    };
    let bootstrap = places.runtime.join(&interpreter.bootstrap).into_os_string();
    let arguments = match function.runtime.language() {
        // `-S` skips `site`: its search for packages of the host costs milliseconds and would
        // show a function what it will not find elsewhere.
        model::Language::Python => {
            vec!["-S".into(), "-s".into(), "-B".into(), "-X".into(), "utf8".into(), bootstrap]
        }
        model::Language::Node => {
            // Lambda, too, leaves a part of the memory to everything but the heap.
            let heap = (function.memory.0 >> 20) * 9 / 10;
            vec![format!("--max-old-space-size={heap}").into(), bootstrap]
        }
        model::Language::Java => java::arguments(
            function,
            &interpreter.version,
            &java::Jars { bootstrap, code, places },
        )?,
        model::Language::Native => vec![bootstrap],
    };
    Ok((interpreter.path.clone(), arguments))
}

fn digest(function: &Function, material: Material<'_>) -> String {
    let Material { code, libraries, interpreter } = material;
    let settings = serde_json::to_vec(function).unwrap_or_default();
    let hash = Sha256::new()
        .chain_update(settings)
        .chain_update(&code.digest)
        .chain_update(format!("{:?}{libraries:?}{interpreter:?}", code.task))
        .finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
