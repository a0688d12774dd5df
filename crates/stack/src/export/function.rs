//! Functions, their layers, and what starts them.

mod settings;

use std::path::Path;
use std::time::Duration;

use model::{Build, Function, FunctionCode, FunctionName, Language, SandboxMode};

use super::Export;
use super::block::{self, Block};
use super::ids::Sort;
use crate::source::Span;
use crate::template::needs_build;
use crate::yaml::{Entry, Node};

/// What a function's concurrency is unless it says otherwise, and how long requests wait for it.
const CONCURRENCY: u32 = 10;
const WAIT: Duration = Duration::from_secs(2);

/// A function that gathers what starts it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    id: String,
    pub(super) properties: Block,
    metadata: Block,
    /// By name.
    events: Vec<(String, Node)>,
    /// What its code may do.
    pub(super) policies: Vec<Node>,
}

impl Export<'_> {
    pub(super) fn functions(&mut self) {
        let stack = self.stack;
        for function in stack.functions.values() {
            let mut draft = self.function(function);
            draft.policies = self.policies(function);
            self.functions.insert(function.name.clone(), draft);
        }
    }

    fn function(&mut self, function: &Function) -> Draft {
        let Function {
            name,
            runtime,
            code,
            files: _,
            handler,
            build,
            layers,
            environment,
            timeout,
            memory,
            concurrency: _,
            queue_wait: _,
            data: _,
            runtime_libraries: _,
            sandbox: _,
        } = function;
        let path = ["functions", name.as_str()];
        let mut draft = Draft { id: self.id(Sort::Function, name.as_str()), ..Draft::default() };
        let properties = &mut draft.properties;
        properties.text("FunctionName", name.as_str());
        properties.text("Runtime", &runtime.to_string());
        match code {
            FunctionCode::At(code) => properties.text("CodeUri", &relative(self.folder, code)),
            FunctionCode::Inline(code) => {
                let path = ["functions", name.as_str(), "code", "inline"];
                properties.put("InlineCode", self.text_at(&path, &code.text));
            }
        }
        let is_native = runtime.language() == Language::Native;
        properties.text("Handler", if is_native { "bootstrap" } else { handler });
        self.timed(*timeout, &path, properties);
        properties.unless("MemorySize", memory.0 >> 20, 128);
        let layers = layers.iter().map(|layer| self.layer(layer)).collect::<Vec<_>>();
        if !layers.is_empty() {
            properties.put("Layers", block::list(layers));
        }
        let mut variables = Block::new();
        for (variable, value) in environment {
            let path = ["functions", name.as_str(), "environment", variable];
            variables.put(variable, self.text_at(&path, value));
        }
        if !variables.is_empty() {
            let mut environment = Block::new();
            environment.put("Variables", variables.node());
            properties.put("Environment", environment.node());
        }
        draft.metadata = built(function, code, build.as_ref());
        self.own_ways(function);
        draft
    }

    /// Tells of settings that no template has.
    fn own_ways(&mut self, function: &Function) {
        let Function {
            name, files, concurrency, queue_wait, data, runtime_libraries, sandbox, ..
        } = function;
        if *concurrency != CONCURRENCY {
            let message = format!(
                "`{name}` has {concurrency} environments at most: `reserved_concurrency` says how many \
                 invocations may run at once on AWS, too"
            );
            self.gap(message, &["functions", name.as_str(), "concurrency"]);
        }
        let own: [(&str, bool, &str); 4] = [
            ("files", !files.is_empty(), "leaves out files of its folder"),
            ("queue_wait", *queue_wait != WAIT, "waits for an environment"),
            ("data", *data, "shares a folder of data"),
            ("runtime_libraries", !runtime_libraries, "goes without the runtime's own libraries"),
        ];
        for (key, is_set, what) in own {
            if is_set {
                let message = format!("a template cannot say that `{name}` {what}: `{key}`");
                self.gap(message, &["functions", name.as_str(), key]);
            }
        }
        if *sandbox != SandboxMode::default() {
            let message = "AWS isolates functions in its own way: `sandbox`";
            self.note(message, &["functions", name.as_str(), "sandbox"]);
        }
    }

    fn timed(&mut self, timeout: Duration, path: &[&str], properties: &mut Block) {
        if timeout.subsec_nanos() != 0 {
            let message = format!("Lambda counts whole seconds, and `{}` is not", path[1]);
            self.gap(message, &[path[0], path[1], "timeout"]);
        }
        let rounded = timeout.as_secs() + u64::from(timeout.subsec_nanos() != 0);
        properties.unless("Timeout", rounded, 3);
    }

    /// A layer of the template for each folder.
    fn layer(&mut self, path: &Path) -> Node {
        if let Some(id) = self.layers.get(path) {
            return block::reference(id);
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = self.ids.free(&(super::ids::pascal(&name) + "Layer"));
        self.layers.insert(path.to_owned(), id.clone());
        let mut properties = Block::new();
        properties.text("ContentUri", &relative(self.folder, path));
        self.add(&id, "AWS::Serverless::LayerVersion", properties);
        block::reference(&id)
    }

    fn set(&mut self, function: &FunctionName, key: &str, value: Node) {
        if let Some(draft) = self.functions.get_mut(function) {
            draft.properties.put(key, value);
        }
    }

    /// Adds what starts a function, under a name of its own.
    pub(super) fn start(&mut self, function: &FunctionName, name: &str, event: Node) {
        let Some(draft) = self.functions.get_mut(function) else { return };
        let mut own = name.to_owned();
        let mut number = 2;
        while draft.events.iter().any(|(known, _)| *known == own) {
            own = format!("{name}{number}");
            number += 1;
        }
        draft.events.push((own, event));
    }

    pub(super) fn finished_functions(&mut self) -> Vec<Entry> {
        let drafts = std::mem::take(&mut self.functions);
        drafts.into_values().map(finished).collect()
    }
}

fn finished(draft: Draft) -> Entry {
    let Draft { id, mut properties, metadata, events, policies } = draft;
    if !policies.is_empty() {
        properties.put("Policies", block::list(policies));
    }
    if !events.is_empty() {
        let mut all = Block::new();
        events.into_iter().for_each(|(name, event)| all.put(&name, event));
        properties.put("Events", all.node());
    }
    let mut resource = Block::new();
    resource.text("Type", "AWS::Serverless::Function");
    if !metadata.is_empty() {
        resource.put("Metadata", metadata.node());
    }
    resource.put("Properties", properties.node());
    Entry::new(id, Span::default(), resource.node())
}

/// How `sam build` comes to the same code.
fn built(function: &Function, code: &FunctionCode, build: Option<&Build>) -> Block {
    let mut metadata = Block::new();
    match build {
        Some(Build::Cargo { binary }) => {
            metadata.text("BuildMethod", "rust-cargolambda");
            let mut properties = Block::new();
            properties.text("Binary", binary);
            metadata.put("BuildProperties", properties.node());
        }
        // It does that unasked.
        Some(Build::Python | Build::Npm) => {}
        None => {
            let language = function.runtime.language();
            let is_made = matches!(language, Language::Native | Language::Java);
            if is_made || code.path().is_some_and(|code| needs_build(code, language)) {
                metadata.plain("SkipBuild", true);
            }
        }
    }
    metadata
}

/// The way from a folder to a path, both absolute.
fn relative(folder: &Path, path: &Path) -> String {
    let common = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().count() - common;
    let mut way: std::path::PathBuf = std::iter::repeat_n("..", up).collect();
    way.extend(path.components().skip(common));
    if way.as_os_str().is_empty() { ".".to_owned() } else { way.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_template() {
        for (folder, path, expected) in [
            ("/a", "/a/b/c", "b/c"),
            ("/a/b", "/a/c", "../c"),
            ("/a", "/a", "."),
            ("/a/out", "/a", ".."),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(path)), expected);
        }
    }
}
