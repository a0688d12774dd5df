//! Packaging: which files become a function's code.
//! <https://www.serverless.com/framework/docs/providers/aws/guide/packaging>

use super::layer::Layers;
use super::service::Service;
use crate::foreign::{Fields, Key, Use, escaped};
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::Node;

const KEYS: [Key; 7] = [
    ("patterns", Use::Read),
    ("include", Use::Read),
    ("exclude", Use::Read),
    ("individually", Use::Read),
    ("artifact", Use::Read),
    ("excludeDevDependencies", Use::Read),
    ("path", Use::Note("has no effect: nothing is written there")),
];

/// Those that say which files.
const CHOICES: [&str; 3] = ["patterns", "include", "exclude"];

/// What the framework leaves out of every archive.
const NEVER: [&str; 7] = [
    ".git/**",
    ".gitignore",
    ".DS_Store",
    "npm-debug.log",
    "yarn-*.log",
    ".serverless/**",
    ".serverless_plugins/**",
];

/// What becomes a function's code.
pub(super) struct Package<'a> {
    /// The archive that is there already, of the function or else of the service.
    pub(super) artifact: Option<&'a Node>,
    /// Patterns, as the manifest has them.
    pub(super) files: Option<Node>,
}

pub(super) fn check(service: &Fields<'_>, told: &mut Told) {
    let Some(node) = service.get("package") else { return };
    let Some(package) = Fields::open(node, "a package", &KEYS, told) else { return };
    note_dependencies(&package, told);
    if package.get("artifact").is_some() {
        note_idle(&package, "has no effect on what has an `artifact`", told);
    }
}

/// Without `individually` all functions are one archive, so that what a function says of its own files is
/// about no archive.
pub(super) fn of<'a>(
    service: &mut Service<'a>,
    function: &Fields<'a>,
    layers: &Layers,
) -> Package<'a> {
    let common = fields(&service.fields);
    let opened = function.get("package");
    let own = opened
        .and_then(|node| Fields::open(node, "a function's package", &KEYS, service.told))
        .unwrap_or(Fields::empty(function.span));
    note_dependencies(&own, service.told);
    let is_true = |package: &Fields<'_>| package.get("individually").is_some_and(Node::is_true);
    let artifact = own.get("artifact");
    let artifact = artifact.or_else(|| common.get("artifact").filter(|_| !is_true(&own)));
    if artifact.is_some() {
        note_idle(&own, "has no effect beside an `artifact`", service.told);
        return Package { artifact, files: None };
    }
    if is_true(&own) || is_true(&common) {
        return Package { artifact, files: files(service, &[common, own], layers) };
    }
    let why =
        "of a function has no effect without `individually: true`: all functions are one archive";
    note_idle(&own, why, service.told);
    Package { artifact, files: files(service, &[common], layers) }
}

/// Of what has been looked through.
fn fields<'a>(service: &Fields<'a>) -> Fields<'a> {
    let package = service.get("package");
    package.map_or(Fields::empty(service.span), Fields::opened)
}

fn note_idle(package: &Fields<'_>, why: &str, told: &mut Told) {
    for key in CHOICES {
        if let Some(entry) = package.entry(key) {
            told.note(format!("`{key}` {why}"), entry.key.span);
        }
    }
}

fn note_dependencies(package: &Fields<'_>, told: &mut Told) {
    let key = "excludeDevDependencies";
    if let Some(entry) = package.entry(key).filter(|entry| entry.value.is_true()) {
        let message =
            format!("`{key}` has no effect: dependencies of development stay where they are");
        told.note(message, entry.key.span);
    }
}

/// In the framework's order, of which later ones win: what it leaves out itself, all that is left out,
/// all that is taken in. `None` when nobody says anything, so that functions run in the service's folder.
fn files(service: &mut Service<'_>, packages: &[Fields<'_>], layers: &Layers) -> Option<Node> {
    let of = |key| packages.iter().filter_map(move |package| package.get(key));
    let first = CHOICES.iter().find_map(|key| of(key).next())?;
    let mut patterns = Patterns { told: &mut *service.told, nodes: Vec::new() };
    NEVER.iter().chain([&service.file]).for_each(|never| patterns.leave_out(never, first.span));
    let (common, own) = packages.split_first()?;
    patterns.leave_out_all(common);
    for path in layers.values() {
        let folder = path.as_text().unwrap_or_default().trim_end_matches('/');
        patterns.leave_out(&format!("{folder}/**"), first.span);
    }
    if service.fields.get("useDotenv").is_some_and(Node::is_true) {
        patterns.leave_out(".env*", first.span);
    }
    own.iter().for_each(|package| patterns.leave_out_all(package));
    for package in packages {
        for key in ["include", "patterns"] {
            patterns.each(package, key, |patterns, text, span| patterns.add(text, span));
        }
    }
    Some(Node::list(first.span, patterns.nodes))
}

/// A list of patterns while it is made.
struct Patterns<'t> {
    told: &'t mut Told,
    nodes: Vec<Node>,
}

impl Patterns<'_> {
    fn leave_out_all(&mut self, package: &Fields<'_>) {
        self.each(package, "exclude", Self::leave_out);
    }

    fn each(&mut self, package: &Fields<'_>, key: &str, add: impl Fn(&mut Self, &str, Span)) {
        let Some(list) = package.get(key) else { return };
        for item in list.each() {
            match item.as_text() {
                // Which has been told.
                _ if item.is_unresolved() => {}
                Some(text) => add(self, text, item.span),
                None => {
                    let message = format!("`{key}` takes patterns, not {}", item.kind());
                    let problem = Problem::new(Code::WrongType, message).at(item.span, "");
                    self.told.problems.push(problem);
                }
            }
        }
    }

    /// Of `exclude`, where `!` takes in.
    fn leave_out(&mut self, text: &str, span: Span) {
        match text.strip_prefix('!') {
            Some(taken_in) => self.add(taken_in, span),
            None => self.add(&format!("!{text}"), span),
        }
    }

    fn add(&mut self, text: &str, span: Span) {
        let (glob, is_out) = text.strip_prefix('!').map_or((text, false), |glob| (glob, true));
        let leads_out = glob.split('/').any(|part| part == "..");
        if leads_out && !is_out {
            let message = format!("`{text}` takes in files of outside the service's folder");
            return self.told.unsupported(message, span);
        }
        if leads_out || glob.is_empty() || glob.starts_with('/') || glob.ends_with('/') {
            return self.told.note(format!("`{text}` matches no file"), span);
        }
        // The first of the same stays where it is.
        let text = escaped(text);
        if self.nodes.iter().all(|node| node.as_text() != Some(&*text)) {
            self.nodes.push(Node::text(span, text));
        }
    }
}
