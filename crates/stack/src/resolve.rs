//! From the manifest as written to a stack: defaults, references, files. Each check reports and goes
//! on, so that one reading finds every problem.

mod api;
mod cache;
mod function;
mod handler;
mod handover;
mod invocation;
mod key;
mod limit;
mod limits_store;
mod output;
mod overlap;
mod placeholder;
mod process;
mod queue;
mod reachable;
mod reference;
mod route;
mod schedule;
mod sequence;
mod stored_parameter;
mod target;
mod topic;
mod trigger;
mod upstream;
mod usage_plan;
mod validation;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use model::{Account, LimitsStore, Listener, Overload, Resource, Stack, TrustedProxies};

use self::reference::Targets;
use crate::Inputs;
use crate::manifest::{Listen, Manifest, PathText};
use crate::problem::{Code, Problem};
use crate::shape::Spanned;

/// What the checks of one manifest share.
struct Scope<'a> {
    manifest: &'a Manifest,
    /// Where relative paths start, absolute.
    folder: PathBuf,
    account: &'a Account,
    /// What other stacks export.
    imports: &'a BTreeMap<String, String>,
    targets: Targets<'a>,
    problems: &'a mut Vec<Problem>,
    warnings: &'a mut Vec<Problem>,
}

/// `None`, or a stack that must not be used, when problems have been reported.
pub(crate) fn resolve(
    manifest: &Manifest,
    path: &Path,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Option<Stack> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let targets = Targets::of(manifest);
    let (account, imports) = (&inputs.account, &inputs.imports);
    let mut scope = Scope { manifest, folder, account, imports, targets, problems, warnings };
    let functions = scope.functions();
    let processes = scope.processes();
    let caches = scope.caches();
    let upstreams = scope.upstreams();
    let resources = scope.resources();
    let apis = scope.apis();
    let usage_plans = scope.usage_plans();
    scope.check_keyed(&usage_plans);
    let keys = scope.keys(&usage_plans);
    let listener = scope.listener();
    let limits_store = scope.limits_store();
    let outputs = scope.outputs();
    scope.unused();
    Some(Stack {
        name: manifest.name.as_ref()?.0.clone(),
        manifest: path,
        functions,
        processes,
        caches,
        upstreams,
        apis,
        usage_plans,
        keys,
        resources: resources.into_iter().map(|it| (it.id(), it)).collect(),
        listener: listener?,
        limits_store,
        outputs,
    })
}

/// What a path may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// The folder that a build starts from.
    Sources,
    Folder,
    FolderOrZip,
}

/// Without `..`, as long as that leads to the same place: it does not behind some links.
fn straight(path: PathBuf) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path;
    }
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    let is_same = path.canonicalize().ok().is_some_and(|it| whole.canonicalize().ok() == Some(it));
    if is_same { whole } else { path }
}

impl Scope<'_> {
    /// What AWS calls can make as well.
    fn resources(&mut self) -> Vec<Resource> {
        let mut all: Vec<Resource> = self.queues().into_iter().map(Resource::from).collect();
        all.extend(self.topics());
        all.extend(self.stored_parameters().into_iter().map(Resource::from));
        all.extend(self.schedules().into_iter().map(Resource::from));
        all.extend(self.event_rules().into_iter().map(Resource::from));
        all.extend(self.function_settings());
        all.extend(self.triggers().into_iter().map(Resource::from));
        all
    }

    /// An empty URL counts in memory, so that one manifest serves both.
    fn limits_store(&mut self) -> Option<LimitsStore> {
        let store = self.manifest.limits_store.as_ref()?;
        let url = &store.url;
        if url.value.is_empty() {
            return None;
        }
        self.refer_from(&url.value, url.span);
        let is_cache = model::reference::marked(&url.value).next().is_some();
        let wrong = if is_cache { Ok(()) } else { limits_store::check(&url.value) };
        if let Err(problem) = wrong {
            let named = Problem::new(Code::Url, problem.message).at(url.span, "");
            self.problems.push(named.help(problem.help));
        }
        let timeout =
            store.timeout.as_ref().map_or(LimitsStore::TIMEOUT, |timeout| timeout.value.0);
        let min_share = store.min_share.as_ref().map(|percent| percent.value.0);
        let namespace = store.namespace.as_ref().map(|name| name.value.0.clone());
        Some(LimitsStore { url: url.value.clone(), timeout, min_share, namespace })
    }

    fn listener(&mut self) -> Option<Listener> {
        let Some(listen) = &self.manifest.listen else {
            return Some(Listener::default());
        };
        let Listen { tls, trusted_proxies, connections_per_client, overload, .. } = listen;
        let tls = match tls {
            None => None,
            Some(files) => {
                let certificate = self.existing(&files.certificate, Kind::File);
                let key = self.existing(&files.key, Kind::File);
                Some(model::stack::TlsFiles { certificate: certificate?, key: key? })
            }
        };
        let networks = trusted_proxies.iter().flat_map(|all| &all.0).map(|cidr| cidr.0).collect();
        Some(Listener {
            tls,
            trusted_proxies: TrustedProxies { networks },
            connections_per_client: connections_per_client.as_u32(),
            overload: overload.as_ref().map(|overload| Overload {
                in_flight: overload.in_flight.as_u32(),
                lag: overload.lag.0,
            }),
        })
    }

    /// The absolute path, if what it leads to is there.
    fn existing(&mut self, path: &Spanned<PathText>, kind: Kind) -> Option<PathBuf> {
        let full = self.folder.join(&path.value.0);
        let full = straight(std::path::absolute(&full).unwrap_or(full));
        let written = &path.value.0;
        // A jar is a zip.
        let is_zip = full.extension().is_some_and(|extension| {
            ["zip", "jar"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        let (wrong, help) = match (std::fs::metadata(&full), kind) {
            (Err(error), _) if error.kind() == std::io::ErrorKind::NotFound => {
                let help = "a relative path starts at the manifest's folder";
                (format!("`{written}` does not exist"), help)
            }
            (Err(error), _) => {
                let help = "give the server's user the right to read it";
                (format!("`{written}` cannot be read: {error}"), help)
            }
            (Ok(found), Kind::File) if !found.is_file() => {
                (format!("`{written}` is not a file"), "name a file")
            }
            (Ok(found), Kind::Sources) if !found.is_dir() => {
                let help = "name the folder that the build starts from, or remove `build`";
                (format!("`{written}` is not a folder"), help)
            }
            (Ok(found), Kind::Folder) if !found.is_dir() => {
                (format!("`{written}` is not a folder"), "name the folder that it runs in")
            }
            (Ok(found), Kind::FolderOrZip) if !found.is_dir() && !is_zip => {
                let help = "name the folder of the code, or a `.zip` or `.jar` of it";
                (format!("`{written}` is neither a folder nor a `.zip` or `.jar`"), help)
            }
            _ => return Some(full),
        };
        let problem = Problem::new(Code::Path, wrong).at(path.span, "").help(help);
        self.problems.push(problem);
        None
    }
}
