//! The service as a whole: its name, what it is made of, and in which order that is brought over.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use super::provider::Provider;
use super::{event, function, layer, package, plugins, resources, usage_plan};
use crate::Inputs;
use crate::foreign::{Draft, Fields, Key, Use};
use crate::problem::{Code, Problem, Told};
use crate::yaml::{Entry, Node};

const KEYS: [Key; 26] = [
    ("service", Use::Read),
    ("provider", Use::Read),
    ("functions", Use::Read),
    ("layers", Use::Read),
    ("package", Use::Read),
    ("plugins", Use::Read),
    ("resources", Use::Read),
    ("params", Use::Nothing),
    ("stages", Use::Nothing),
    ("custom", Use::Nothing),
    ("useDotenv", Use::Nothing),
    ("frameworkVersion", Use::Nothing),
    ("configValidationMode", Use::Nothing),
    ("disabledDeprecations", Use::Nothing),
    ("deprecationNotificationMode", Use::Nothing),
    ("unresolvedVariablesNotificationMode", Use::Nothing),
    ("variablesResolutionMode", Use::Nothing),
    ("enableLocalInstallationFallback", Use::Nothing),
    ("projectDir", Use::Nothing),
    ("org", Use::Nothing),
    ("app", Use::Nothing),
    ("tenant", Use::Nothing),
    ("console", Use::Nothing),
    ("outputs", Use::Note("has no meaning here")),
    ("stepFunctions", Use::Unsupported),
    ("build", Use::Unsupported),
];

/// A service while its parts become resources.
pub(super) struct Service<'a> {
    pub(super) name: String,
    pub(super) stage: String,
    pub(super) folder: &'a Path,
    /// Its name in that folder.
    pub(super) file: &'a str,
    pub(super) inputs: &'a Inputs,
    pub(super) provider: Provider<'a>,
    pub(super) fields: Fields<'a>,
    pub(super) draft: Draft,
    pub(super) told: &'a mut Told,
    /// Packages of dependencies are installed by a plugin that we do the work of.
    pub(super) installs_python: bool,
    /// What the service's own template calls its resources, by `Jobs` and `Jobs.Arn`.
    pub(super) references: BTreeMap<String, String>,
    /// Values of the manifest's parameters that must not be printed.
    pub(super) secrets: Vec<(String, String)>,
}

impl<'a> Service<'a> {
    pub(super) fn open(
        root: &'a Node,
        stage: String,
        path: &'a Path,
        inputs: &'a Inputs,
        told: &'a mut Told,
    ) -> Option<Self> {
        let fields = Fields::open(root, "a service", &KEYS, told)?;
        let name = name(&fields, told);
        let provider = Provider::open(&fields, told);
        let (name, provider) = (name?, provider?);
        let installs_python = plugins::note(&fields, told);
        let draft = Draft::default();
        let references = BTreeMap::new();
        Some(Self {
            name,
            stage,
            folder: path.parent().unwrap_or(Path::new("")),
            file: path.file_name().and_then(OsStr::to_str).unwrap_or_default(),
            inputs,
            provider,
            fields,
            draft,
            told,
            installs_python,
            references,
            secrets: Vec::new(),
        })
    }

    /// The manifest's tree, and the values of its parameters. `None` when nothing can be made of it, which has been told.
    pub(super) fn lower(mut self) -> Option<(Node, Vec<(String, String)>)> {
        package::check(&self.fields, self.told);
        self.provider.note_region(&self.inputs.account.region, self.told);
        resources::lower(&mut self);
        let layers = layer::layers(&mut self);
        let functions = function::functions(&mut self);
        for function in &functions {
            function::lower(&mut self, function, &layers);
        }
        for function in &functions {
            event::lower(&mut self, function);
        }
        usage_plan::lower(&mut self);
        let span = self.fields.get("service").map_or(self.fields.span, |node| node.span);
        let name = self.stack_name();
        let first = vec![Entry::new("name", span, Node::text(span, name))];
        Some((self.draft.into_tree(self.fields.span, first), self.secrets))
    }

    pub(super) fn stack_name(&self) -> String {
        let name = self.provider.stack_name.clone();
        name.unwrap_or_else(|| format!("{}-{}", self.name, self.stage))
    }

    /// What AWS calls a function of the service.
    pub(super) fn name_of(&self, function: &Entry) -> String {
        let own = function.value.get("name").and_then(Node::as_text).map(str::to_owned);
        own.unwrap_or_else(|| format!("{}-{}-{}", self.name, self.stage, function.key.text))
    }
}

/// `service: shop`, or with its name below.
fn name(fields: &Fields<'_>, told: &mut Told) -> Option<String> {
    let Some(node) = fields.get("service") else {
        let problem = Problem::new(Code::MissingKey, "a service needs `service`, its name");
        told.problems.push(problem.at(fields.span, "").help("write `service: my-service`"));
        return None;
    };
    if let Some(text) = node.as_text() {
        return Some(text.to_owned());
    }
    let keys = [("name", Use::Read), ("awsKmsKeyArn", Use::Note("has no meaning here"))];
    let named = Fields::open(node, "a service's name", &keys, told)?;
    named.text("name").map(str::to_owned)
}
