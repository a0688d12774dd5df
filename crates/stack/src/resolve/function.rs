//! Functions.

mod files;
mod java;

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::{Build, Function, FunctionCode, FunctionName, InlineCode, Language, Runtime};

use super::{Kind, Scope};
use crate::manifest::{self, Tool};
use crate::problem::{Code, Problem};
use crate::shape::{Filled, Map, Placed, Spanned};

impl Scope<'_> {
    pub(super) fn functions(&mut self) -> BTreeMap<FunctionName, Function> {
        let Some(written) = &self.manifest.functions else {
            return BTreeMap::new();
        };
        let mut functions = BTreeMap::new();
        for (named, function) in written.readable() {
            if let Some(function) = self.function(&named.key.0, function) {
                functions.insert(named.key.0.clone(), function);
            }
        }
        functions
    }

    fn function(&mut self, name: &FunctionName, written: &manifest::Function) -> Option<Function> {
        let runtime = written.runtime.as_ref().map(|runtime| &runtime.value);
        let handler = runtime.and_then(|runtime| self.handler(written, runtime));
        let build = runtime.and_then(|runtime| self.build(name, written, runtime));
        let code = self.code(written);
        let files = self.files(written, code.as_ref(), build.as_ref());
        if let (Some(runtime), Some(code)) = (runtime, &code) {
            self.check_module(written, runtime, code, &files);
            self.check_program(written, runtime, &files);
        }
        let mut layers = Vec::new();
        for layer in written.layers.iter().flatten() {
            layers.extend(self.existing(layer, Kind::FolderOrZip));
        }
        Some(Function {
            name: name.clone(),
            runtime: runtime?.clone(),
            code: code?,
            files,
            handler: handler?,
            build,
            layers,
            environment: self.environment(written.environment.as_ref()),
            timeout: written.timeout.0,
            memory: written.memory.0,
            concurrency: written.concurrency.as_u32(),
            queue_wait: written.queue_wait.0,
            data: written.data,
            runtime_libraries: written.runtime_libraries,
            sandbox: written.sandbox.unwrap_or(self.manifest.sandbox),
        })
    }

    fn code(&mut self, written: &manifest::Function) -> Option<FunctionCode> {
        let code = written.code.as_ref()?;
        match (&code.path, &code.inline) {
            (Some(path), None) => self.code_at(written, path).map(FunctionCode::At),
            (None, Some(text)) => self.inline(written, text).map(FunctionCode::Inline),
            (Some(path), Some(text)) => {
                let problem = Problem::new(Code::Conflict, "code has a path or is inline");
                let problem = problem.at(text.span, "and this is inline");
                self.problems.push(problem.related(path.span, "this is a path"));
                None
            }
            (None, None) => {
                // What is written but could not be read has been reported.
                if ["path", "inline"].iter().all(|key| code.record().key(key).is_none()) {
                    let problem = Problem::new(Code::MissingKey, "code needs `path` or `inline`");
                    self.problems.push(problem.at(code.record().span, ""));
                }
                None
            }
        }
    }

    fn inline(
        &mut self,
        written: &manifest::Function,
        text: &Spanned<Filled>,
    ) -> Option<InlineCode> {
        let runtime = &written.runtime.as_ref()?.value;
        if let Some(build) = &written.build {
            let problem = Problem::new(Code::Conflict, "code that is inline is not built");
            let problem = problem.at(build.tool.span, "");
            self.problems.push(problem.related(text.span, "the code"));
        }
        let code = InlineCode::new(runtime.language(), text.value.0.clone());
        if code.is_none() {
            let (what, help) = match runtime.language() {
                Language::Java => ("classes", "name the folder of the classes, or the jar"),
                _ => ("programs", "name the folder of its `bootstrap`"),
            };
            let message = format!("`{runtime}` runs {what}, which cannot be written inline");
            let problem = Problem::new(Code::Conflict, message).at(text.span, "");
            self.problems.push(problem.help(help));
        }
        code
    }

    fn code_at(
        &mut self,
        written: &manifest::Function,
        code: &Spanned<manifest::PathText>,
    ) -> Option<PathBuf> {
        if written.record().key("build").is_some() {
            return self.existing(code, Kind::Sources);
        }
        let path = self.existing(code, Kind::FolderOrZip)?;
        let language = written.runtime.as_ref().map(|it| it.value.language());
        let is_program = language == Some(Language::Native) && path.is_dir();
        if is_program && !path.join("bootstrap").is_file() {
            let message = format!("`{}` has no program called `bootstrap`", code.value.0);
            let help = "`provided` runs it; add `build: cargo` when it is built from source";
            self.problems.push(Problem::new(Code::Path, message).at(code.span, "").help(help));
        }
        if language == Some(Language::Java)
            && let Some(problem) = java::unbuilt(&code.value.0, &path)
        {
            self.problems.push(problem.at(code.span, ""));
        }
        Some(path)
    }

    fn build(
        &mut self,
        name: &FunctionName,
        written: &manifest::Function,
        runtime: &Runtime,
    ) -> Option<Build> {
        let build = written.build.as_ref()?;
        let (fits, own) = match runtime.language() {
            Language::Native => (build.tool.value == Tool::Cargo, "cargo"),
            Language::Python => (build.tool.value == Tool::Python, "python"),
            Language::Node => (build.tool.value == Tool::Npm, "npm"),
            Language::Java => {
                let message = format!("code for `{runtime}` is not built here");
                let problem = Problem::new(Code::BuildTool, message).at(build.tool.span, "");
                self.problems.push(problem.help(java::WAY_OUT));
                return None;
            }
        };
        if !fits {
            let message = format!("this build does not make code for `{runtime}`");
            let problem = Problem::new(Code::BuildTool, message).at(build.tool.span, "");
            self.problems.push(problem.help(format!("use `build: {own}`")));
        }
        Some(self.tool(name.as_str(), build))
    }

    /// `name` is the binary when none is named.
    pub(super) fn tool(&mut self, name: &str, build: &manifest::Build) -> Build {
        if let (Some(binary), false) = (&build.binary, build.tool.value == Tool::Cargo) {
            let problem = Problem::new(Code::Conflict, "`binary` goes with `tool: cargo` only");
            self.problems.push(problem.at(binary.span, "").help("remove it"));
        }
        match build.tool.value {
            Tool::Cargo => {
                let binary = build.binary.as_ref().map(|binary| binary.as_str().to_owned());
                Build::Cargo { binary: binary.unwrap_or_else(|| name.to_owned()) }
            }
            Tool::Python => Build::Python,
            Tool::Npm => Build::Npm,
        }
    }

    pub(super) fn environment<K: AsRef<str>>(
        &mut self,
        written: Option<&Map<K, Spanned<String>>>,
    ) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::new();
        let Some(variables) = written else {
            return environment;
        };
        for (name, value) in variables.readable() {
            let Spanned { value, span } = value;
            self.refer_from(value, *span);
            if model::reference::is_torn(value) {
                let message = format!("the variable `{}` holds a zero byte", name.text);
                self.problems.push(Problem::new(Code::Variable, message).at(*span, ""));
            }
            environment.insert(name.key.as_ref().to_owned(), value.clone());
        }
        environment
    }
}
