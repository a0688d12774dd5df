//! Handlers: the module and the function in it that a runtime calls.

use std::path::Path;

use model::{FilePatterns, FunctionCode, Language, Runtime};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::Placed;

/// What `_HANDLER` says for a runtime that has no use for it.
const NO_HANDLER: &str = "bootstrap";

impl Scope<'_> {
    pub(super) fn handler(
        &mut self,
        written: &manifest::Function,
        runtime: &Runtime,
    ) -> Option<String> {
        let example = match runtime.language() {
            Language::Native => {
                let given = written.handler.as_ref().map(|handler| handler.value.0.clone());
                return Some(given.unwrap_or_else(|| NO_HANDLER.to_owned()));
            }
            Language::Python => "`index.handler` is `handler` in `index.py`",
            Language::Node => "`index.handler` is `handler` in `index.mjs` or `index.js`",
            Language::Java => {
                "`com.example.App` is a class, `com.example.App::run` its method `run`"
            }
        };
        let Some(handler) = &written.handler else {
            // A handler that is written but could not be read has been reported.
            if written.record().key("handler").is_none() {
                let message = format!("`{runtime}` needs a `handler`");
                let problem = Problem::new(Code::Entry, message).at(written.record().span, "");
                self.problems.push(problem.help(example));
            }
            return None;
        };
        if is_handler(handler.as_str(), runtime.language()) {
            return Some(handler.as_str().to_owned());
        }
        let message = format!("`{}` is not a handler", handler.as_str());
        let problem = Problem::new(Code::Entry, message).at(handler.span, "");
        self.problems.push(problem.help(example));
        None
    }

    /// Finds a misspelt module before the first request does. A layer may hold it too, so a
    /// function with layers is not checked.
    pub(super) fn check_module(
        &mut self,
        written: &manifest::Function,
        runtime: &Runtime,
        code: &FunctionCode,
        chosen: &FilePatterns,
    ) {
        let Some(handler) = written.handler.as_ref().filter(|_| written.layers.is_none()) else {
            return;
        };
        let Some(files) = module_files(handler.as_str(), runtime.language()) else { return };
        let mut left_out = None;
        let is_there = match code {
            FunctionCode::At(path) => {
                let mut there = files.iter().filter(|file| path.join(file).is_file()).peekable();
                left_out = there.peek().copied();
                !path.is_dir() || there.any(|file| chosen.includes(Path::new(file)))
            }
            FunctionCode::Inline(code) => files.contains(&code.file),
        };
        if is_there {
            return;
        }
        if let Some(file) = left_out {
            return self.leaves_out(written, file);
        }
        let message = match code {
            FunctionCode::At(_) => {
                let path = written.code.as_ref().and_then(|code| code.path.as_ref());
                let folder = path.map_or("", |path| &path.value.0);
                format!("`{folder}` has no `{}`", files[0])
            }
            FunctionCode::Inline(code) => {
                format!("code that is inline is `{}`, and not `{}`", code.file, files[0])
            }
        };
        let problem = Problem::new(Code::Entry, message).at(handler.span, "");
        let help = format!("the handler `{}` is looked for in that file", handler.as_str());
        self.problems.push(problem.help(help));
    }
}

fn is_handler(text: &str, language: Language) -> bool {
    if language == Language::Java {
        let (class, method) = text.rsplit_once("::").unwrap_or((text, "handleRequest"));
        let is_name = |name: &str| !name.is_empty() && !name.contains([':', '/', ' ']);
        return is_name(class) && is_name(method);
    }
    let parts = text.rsplit_once('.');
    parts.is_some_and(|(module, function)| !module.is_empty() && !function.is_empty())
}

/// Where a handler's module may be, likeliest first; `None` when it is not of that form.
fn module_files(handler: &str, language: Language) -> Option<Vec<String>> {
    match language {
        // What holds a class may be any of many jars.
        Language::Native | Language::Java => None,
        Language::Python => {
            let (module, function) = handler.rsplit_once('.')?;
            let module = module.replace('.', "/");
            let files = vec![format!("{module}.py"), format!("{module}/__init__.py")];
            (!module.is_empty() && !function.is_empty()).then_some(files)
        }
        Language::Node => {
            // The function may be nested: `src/index.api.get` is `api.get` in `src/index.js`.
            let (folder, name) = handler.rsplit_once('/').map_or(("", handler), |(f, n)| (f, n));
            let (module, function) = name.split_once('.')?;
            let separator = if folder.is_empty() { "" } else { "/" };
            let file = |extension| format!("{folder}{separator}{module}.{extension}");
            let files = ["js", "mjs", "cjs"].map(file).to_vec();
            (!module.is_empty() && !function.is_empty()).then_some(files)
        }
    }
}
