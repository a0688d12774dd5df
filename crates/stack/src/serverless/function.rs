//! Functions of a service.

use super::invocation;
use super::layer::{self, Layers};
use super::package::{self, Package};
use super::service::Service;
use super::value::{as_text, put, with_unit};
use crate::foreign::{Fields, Key, Section, Use};
use crate::yaml::{Entry, Node, Value};

const NOWHERE: Use = Use::Note("has no meaning here");

pub(super) const KEYS: [Key; 41] = [
    ("handler", Use::Read),
    ("runtime", Use::Read),
    ("name", Use::Read),
    ("events", Use::Read),
    ("environment", Use::Read),
    ("memorySize", Use::Read),
    ("timeout", Use::Read),
    ("layers", Use::Read),
    ("package", Use::Read),
    ("reservedConcurrency", Use::Read),
    ("httpApi", Use::Read),
    ("maximumRetryAttempts", Use::Read),
    ("maximumEventAge", Use::Read),
    ("destinations", Use::Read),
    ("onError", Use::Read),
    ("url", Use::Read),
    ("provisionedConcurrency", Use::Read),
    ("description", Use::Nothing),
    ("architecture", Use::Nothing),
    ("tags", Use::Nothing),
    ("versionFunction", Use::Nothing),
    ("runtimeManagement", Use::Nothing),
    ("dependsOn", Use::Nothing),
    ("ephemeralStorageSize", NOWHERE),
    ("snapStart", NOWHERE),
    ("tracing", NOWHERE),
    ("role", NOWHERE),
    ("iamRoleStatements", NOWHERE),
    ("iamRoleStatementsInherit", NOWHERE),
    ("vpc", NOWHERE),
    ("kmsKeyArn", NOWHERE),
    ("awsKmsKeyArn", NOWHERE),
    ("logRetentionInDays", NOWHERE),
    ("disableLogs", NOWHERE),
    ("logDataProtectionPolicy", NOWHERE),
    ("logs", NOWHERE),
    ("recursiveLoop", NOWHERE),
    ("condition", Use::Unsupported),
    ("durableConfig", Use::Unsupported),
    ("image", Use::Unsupported),
    ("fileSystemConfig", Use::Unsupported),
];

/// What the framework gives a function that does not say.
const MEMORY: &str = "1024MB";
const TIMEOUT: &str = "6s";

/// A function of the service.
pub(super) struct Function<'a> {
    /// What AWS calls it.
    pub(super) name: String,
    pub(super) key: &'a crate::yaml::Key,
    pub(super) fields: Fields<'a>,
}

/// Those that are written, `functions` being a mapping or a list of mappings.
pub(super) fn functions<'a>(service: &mut Service<'a>) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    let Some(written) = service.fields.get("functions") else { return functions };
    let groups = match &written.value {
        Value::Sequence(groups) => groups.as_slice(),
        _ => std::slice::from_ref(written),
    };
    for entry in groups.iter().flat_map(Node::entries) {
        let Some(fields) = Fields::open(&entry.value, "a function", &KEYS, service.told) else {
            continue;
        };
        let name = service.name_of(entry);
        functions.push(Function { name, key: &entry.key, fields });
    }
    functions
}

pub(super) fn lower<'a>(service: &mut Service<'a>, function: &Function<'a>, layers: &Layers) {
    let fields = &function.fields;
    let span = function.key.span;
    let mut entries = Vec::new();
    let runtime = fields.get("runtime").or_else(|| service.provider.default_of("runtime"));
    put(&mut entries, "runtime", runtime.map(as_text));
    let Package { artifact, files } = package::of(service, fields, layers);
    let code = artifact.map_or_else(|| Node::text(span, "."), as_text);
    let installs = artifact.is_none() && installs_python(service, runtime);
    put(&mut entries, "code", Some(code));
    put(&mut entries, "files", files);
    put(&mut entries, "handler", fields.get("handler").map(as_text));
    put(&mut entries, "build", installs.then(|| Node::plain(span, "python")));
    let written = fields.get("layers").or_else(|| service.provider.default_of("layers"));
    let of_function = written.and_then(|written| layer::of_function(service, written, layers));
    put(&mut entries, "layers", of_function);
    put(&mut entries, "environment", environment(service, function));
    for (key, own, unit, default) in
        [("timeout", "timeout", "s", TIMEOUT), ("memorySize", "memory", "MB", MEMORY)]
    {
        let written = fields.get(key).or_else(|| service.provider.default_of(key));
        let value = match written {
            Some(node) => with_unit(node, unit, key, service.told),
            None => Some(Node::plain(span, default)),
        };
        put(&mut entries, own, value);
    }
    for (key, own) in [
        ("reservedConcurrency", "reserved_concurrency"),
        ("provisionedConcurrency", "provisioned_concurrency"),
    ] {
        let value = fields.get(key).and_then(|node| with_unit(node, "", key, service.told));
        put(&mut entries, own, value);
    }
    put(&mut entries, "url", invocation::url(service, function));
    put(&mut entries, "async", invocation::asynchronous(service, function));
    let node = Node::mapping(span, entries);
    service.draft.put(Section::Functions, &function.name, span, node);
}

/// Whether packages are installed as the plugin would have done it.
fn installs_python(service: &Service<'_>, runtime: Option<&Node>) -> bool {
    let is_python =
        runtime.and_then(Node::as_text).is_some_and(|runtime| runtime.starts_with("python"));
    is_python && service.installs_python && service.folder.join("requirements.txt").is_file()
}

/// The provider's variables, and over them the function's own. One that is nothing is left out.
fn environment(service: &mut Service<'_>, function: &Function<'_>) -> Option<Node> {
    let own = function.fields.get("environment");
    let common = service.provider.default_of("environment");
    let mut variables: Vec<Entry> = Vec::new();
    for entry in [common, own].into_iter().flatten().flat_map(Node::entries) {
        variables.retain(|known| known.key.text != entry.key.text);
        if entry.value.is_null() {
            continue;
        }
        if let Some(value) = service.value(&entry.value) {
            variables.push(Entry { key: entry.key.clone(), value });
        }
    }
    let span = own.or(common).map_or(function.key.span, |node| node.span);
    (!variables.is_empty()).then(|| Node::mapping(span, variables))
}
