//! From a stack back to a template of the Serverless Application Model: nobody is held here. What such a template
//! cannot say is told with its place.

mod access;
mod api;
mod block;
mod cache;
mod event;
mod function;
mod ids;
mod output;
mod parameter;
mod plan;
mod queue;
mod schedule;
mod text;
mod topic;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::{Account, Build, FunctionName, Resource, Stack};

use self::block::Block;
use self::ids::{Ids, Sort};
use crate::discover::SourceKind;
use crate::problem::{Code, Problem, Problems, Told};
use crate::source::{Source, Span};
use crate::yaml::{self, Entry, Node};
use crate::{Inputs, substitute};

/// A stack as a template.
#[derive(Debug)]
pub struct Exported {
    /// YAML.
    pub template: String,
    /// Where the code lies that the template names, with all that it is built of: absolute paths.
    pub code: BTreeSet<PathBuf>,
    /// What the template does not say, where that was allowed.
    pub left_out: Option<Problems>,
    /// What is different on AWS.
    pub notes: Option<Problems>,
}

/// Writes the stack of a manifest as a template that stands in `folder`. With `allow_unsupported`, what cannot be
/// said is left out; otherwise it is a problem.
pub fn export(manifest: &Path, folder: &Path, inputs: &Inputs) -> Result<Exported, Problems> {
    let assembly = crate::assembly(manifest)?;
    let file = assembly.as_ref().map_or(manifest, |assembly| &assembly.template);
    let source = Source::from_bytes(file.display().to_string(), crate::bytes(file)?)?;
    let mut told = Told::new(inputs);
    let tree = crate::tree(manifest, &source, assembly.as_ref(), inputs, &mut told);
    let read = tree.and_then(|(tree, inputs)| {
        let stack = crate::resolved(&tree, manifest, &inputs, &mut told)?;
        Some((stack, tree, inputs))
    });
    let Some((stack, tree, left)) = read.filter(|_| told.problems.is_empty()) else {
        return Err(Problems::new(source, told.problems));
    };
    // What the reading told was told when the stack was read; here it is about the template.
    let mut told = Told::new(inputs);
    let imported = std::mem::take(&mut told.imported);
    let marked = substitute::with_marks(&tree, &left);
    let ids = Ids::of(&stack);
    let mut export = Export {
        stack: &stack,
        tree: &tree,
        marked,
        kind: SourceKind::of(manifest, &source.text),
        inputs: &left,
        folder,
        ids,
        told: &mut told,
        functions: BTreeMap::new(),
        resources: Vec::new(),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
        layers: BTreeMap::new(),
        senders: BTreeMap::new(),
    };
    export.imports(imported);
    let template = yaml::print(&export.template());
    if !told.problems.is_empty() {
        return Err(Problems::new(source, told.problems));
    }
    let some = |all: Vec<Problem>| (!all.is_empty()).then(|| Problems::new(source.clone(), all));
    let code = paths_of_code(&stack, crate::folder_of(manifest));
    Ok(Exported { template, code, left_out: some(told.warnings), notes: some(told.notes) })
}

/// A stack on its way into a template.
struct Export<'a> {
    stack: &'a Stack,
    /// As it is written.
    tree: &'a Node,
    /// As it is written, with marks where parameters and variables stand.
    marked: Node,
    /// Who wrote it.
    kind: SourceKind,
    inputs: &'a Inputs,
    /// Where the template will be.
    folder: &'a Path,
    ids: Ids,
    told: &'a mut Told,
    /// Functions, which gather what starts them.
    functions: BTreeMap<FunctionName, function::Draft>,
    /// Everything else, in the order in which it is met.
    resources: Vec<Entry>,
    /// The manifest's own parameters that the template takes, too, by id.
    parameters: BTreeMap<String, Node>,
    /// Parameters for what is kept nowhere, by id.
    secrets: BTreeMap<String, Node>,
    /// Logical ids of layers by their folders.
    layers: BTreeMap<PathBuf, String>,
    /// Services that send to a queue, by the queue's id.
    senders: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Export<'_> {
    fn template(&mut self) -> Node {
        self.functions();
        self.caches();
        self.declared();
        self.apis();
        self.usage_plans();
        self.keys();
        self.elsewhere();
        self.queue_policies();
        let outputs = self.outputs();
        let mut resources = self.finished_functions();
        resources.append(&mut self.resources);
        let mut whole = Block::new();
        whole.text("AWSTemplateFormatVersion", "2010-09-09");
        whole.text("Transform", "AWS::Serverless-2016-10-31");
        whole.text("Description", &self.stack.name);
        let mut parameters = std::mem::take(&mut self.parameters);
        parameters.append(&mut self.secrets);
        whole.some("Parameters", mapping(parameters));
        whole.put("Resources", Node::mapping(Span::default(), resources));
        whole.some("Outputs", outputs);
        whole.node()
    }

    /// What AWS calls can make as well.
    fn declared(&mut self) {
        let stack = self.stack;
        for resource in stack.resources.values() {
            match resource {
                Resource::Queue(queue) => self.queue(queue),
                Resource::Topic(topic) => self.topic(topic),
                Resource::Subscription(subscription) => self.subscription(subscription),
                Resource::Schedule(schedule) => self.schedule(schedule),
                Resource::EventRule(rule) => self.rule(rule),
                Resource::EventSourceMapping(mapping) => self.mapping(mapping),
                Resource::StoredParameter(parameter) => self.stored(parameter),
                Resource::FunctionUrl(url) => self.url(url),
                Resource::ReservedConcurrency(reserved) => self.reserved(reserved),
                Resource::ProvisionedConcurrency(provisioned) => self.provisioned(provisioned),
                Resource::EventInvokeConfig(config) => self.asynchronous(config),
                Resource::FunctionSettings(settings) => self.settings(settings),
                Resource::DeadLetters(dead) => self.dead_letters(dead),
                // No manifest declares these.
                Resource::Function(_)
                | Resource::FunctionVersion(_)
                | Resource::Alias(_)
                | Resource::FunctionPolicy(_)
                | Resource::FunctionConfiguration(_)
                | Resource::ScheduleGroup(_) => {
                    let message = format!("`{}` is not exported", resource.id());
                    self.gap(message, &[]);
                }
            }
        }
    }

    /// What other stacks export is there as a value only.
    fn imports(&mut self, imported: BTreeSet<String>) {
        for name in imported {
            let message =
                format!("`{name}` comes from another stack, and is written as its value here");
            self.gap(message, &[]);
        }
    }

    /// What AWS has in another way, or not at all.
    fn elsewhere(&mut self) {
        let stack = self.stack;
        for name in stack.processes.keys() {
            let message = format!("a process that is kept running cannot be said: `{name}`");
            self.gap(message, &["processes", name.as_str()]);
        }
        if stack.listener != model::Listener::default() {
            self.note("`listen` is about this server: AWS has its own ports", &["listen"]);
        }
        if stack.limits_store.is_some() {
            self.note("AWS counts limits in a store of its own", &["limits_store"]);
        }
    }

    fn add(&mut self, id: &str, kind: &str, properties: Block) {
        let mut resource = Block::new();
        resource.text("Type", kind);
        resource.put("Properties", properties.node());
        self.resources.push(Entry::new(id, Span::default(), resource.node()));
    }

    fn id(&self, sort: Sort, name: &str) -> String {
        self.ids.get(sort, name)
    }

    fn account(&self) -> &Account {
        &self.inputs.account
    }

    /// Something that the template cannot say.
    fn gap(&mut self, message: impl Into<String>, path: &[&str]) {
        let span = self.place(path);
        if self.inputs.allow_unsupported {
            let problem = Problem::new(Code::LeftOut, message).at(span, "left out");
            self.told.warnings.push(problem);
            return;
        }
        let problem = Problem::new(Code::Unsupported, message).at(span, "not said by a template");
        let help = "change it, or leave it out of the template with `--allow-unsupported`";
        self.told.problems.push(problem.help(help));
    }

    fn note(&mut self, message: impl Into<String>, path: &[&str]) {
        let span = self.place(path);
        self.told.note(message, span);
    }

    /// Where something is written: as much of the path as there is.
    fn place(&self, path: &[&str]) -> Span {
        let mut node = self.tree;
        let mut span = node.entries().first().map_or(node.span, |first| first.key.span);
        for key in path {
            let Some(entry) = node.entries().iter().find(|entry| entry.key.text == **key) else {
                break;
            };
            (node, span) = (&entry.value, entry.key.span);
        }
        span
    }
}

fn paths_of_code(stack: &Stack, folder: &Path) -> BTreeSet<PathBuf> {
    let mut paths = BTreeSet::new();
    for function in stack.functions.values() {
        let code = match &function.build {
            // A crate may need others of its workspace.
            Some(Build::Cargo { .. }) => Some(folder),
            Some(Build::Python | Build::Npm) | None => function.code.path().map(PathBuf::as_path),
        };
        let layers = function.layers.iter().map(PathBuf::as_path);
        paths.extend(code.into_iter().chain(layers).map(Path::to_owned));
    }
    paths
}

fn mapping(entries: BTreeMap<String, Node>) -> Option<Node> {
    let entries = entries.into_iter().map(|(key, node)| Entry::new(key, Span::default(), node));
    let entries: Vec<Entry> = entries.collect();
    (!entries.is_empty()).then(|| Node::mapping(Span::default(), entries))
}
