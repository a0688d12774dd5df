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

impl Functions {
    /// How the function is to be run.
    pub(crate) fn lay_out(
        &self,
        (function, number): (&Function, FunctionVersion),
        material: Material<'_>,
        filesystem: Filesystem,
    ) -> Result<Plan, String> {
        let Material { code, libraries, interpreter } = material;
        let runtimes = self.bootstraps.folder();
        // One folder for the stack: functions that ask for it share what they keep.
        let data = function.data.then(|| self.platform.settings.data.clone());
        if let Some(data) = &data {
            std::fs::create_dir_all(data).map_err(|error| {
                format!("could not create its data folder `{}`: {error}", data.display())
            })?;
        }
        let mut binds = vec![Bind::read_only(&code.task, TARGET_TASK)];
        binds.extend(interpreter.map(|_| Bind::read_only(runtimes, TARGET_RUNTIME)));
        binds.extend(code.layers.as_ref().map(|layers| Bind::read_only(layers, TARGET_LAYERS)));
        binds.extend(libraries.map(|libraries| Bind::read_only(libraries, TARGET_LIBRARIES)));
        binds.extend(data.as_ref().map(|data| Bind::read_write(data, TARGET_DATA)));
        binds.extend(interpreter.and_then(|found| Bind::for_interpreter(&found.path)));
        let linked = interpreter.map_or(&[][..], |found| &found.linked);
        binds.extend(linked.iter().map(|path| Bind::read_only(path, path)));
        let inside = filesystem == Filesystem::Private;
        let at = |target: &'static str, source: &Path| {
            if inside { PathBuf::from(target) } else { source.to_owned() }
        };
        let task = at(TARGET_TASK, &code.task);
        let runtime = at(TARGET_RUNTIME, runtimes);
        let layers = code.layers.as_ref().map(|layers| at(TARGET_LAYERS, layers));
        let libraries = libraries.map(|libraries| at(TARGET_LIBRARIES, libraries));
        let data = data.as_ref().map(|data| at(TARGET_DATA, data));
        let places = Places {
            task: &task,
            layers: layers.as_deref(),
            runtime: &runtime,
            libraries: libraries.as_deref(),
            data: data.as_deref(),
        };
        let mut variables = variables::of(function, number, &self.platform.settings, &places);
        let (path, mut arguments) = command(function, code, &places, interpreter)?;
        if let Some(debugger) = self.platform.settings.debugger_of(&function.name, number) {
            let language = function.runtime.language();
            arguments.splice(0..0, debugger.flags(language));
            variables.extend(debugger.variables(language));
        }
        let digest = digest(function, material);
        let program = Program {
            path,
            arguments,
            directory: task,
            binds,
            memory: function.memory,
            mode: function.sandbox,
        };
        let function = Arc::new(function.clone());
        Ok(Plan {
            function,
            number,
            code: code.clone(),
            digest,
            program,
            variables,
            inherits_channel: interpreter.is_some(),
        })
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
