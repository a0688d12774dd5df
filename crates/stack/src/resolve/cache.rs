//! Caches, and what variables say of them.

use std::collections::BTreeMap;

use model::{
    ApiName, Cache, CacheName, CacheSource, CacheUrl, FunctionName, ManagedCache, Reference,
};

use super::Scope;
use super::reference::Defined;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{Named, Placed, Spanned};
use crate::source::Span;

type Written = Named<manifest::Name<CacheName>, manifest::Cache>;

impl Scope<'_> {
    pub(super) fn caches(&mut self) -> BTreeMap<CacheName, Cache> {
        let Some(written) = &self.manifest.caches else {
            return BTreeMap::new();
        };
        let mut caches = BTreeMap::new();
        for (named, cache) in written.readable() {
            self.own_log(named);
            if let Some(source) = self.cache(cache) {
                let name = named.key.0.clone();
                caches.insert(name.clone(), Cache { name, source });
            }
        }
        caches
    }

    /// Logs are kept by name.
    fn own_log(&mut self, named: &Written) {
        let functions = self.manifest.functions.iter().flat_map(|all| all.places());
        let processes = self.manifest.processes.iter().flat_map(|all| all.places());
        let others = functions.map(|place| ("function", place));
        let mut others = others.chain(processes.map(|place| ("process", place)));
        if let Some((kind, (_, span))) = others.find(|(_, (name, _))| *name == named.text) {
            let message = format!("a cache and a {kind} are both called `{}`", named.text);
            let problem = Problem::new(Code::Conflict, message)
                .at(named.span, "")
                .related(span, format!("the {kind}"))
                .help("their logs go by name; rename one of them");
            self.problems.push(problem);
        }
    }

    fn cache(&mut self, written: &manifest::Cache) -> Option<CacheSource> {
        if let Some(url) = written.url.as_ref().filter(|url| !url.value.is_empty()) {
            self.not_for_an_address(written);
            return self.address(url).map(CacheSource::Elsewhere);
        }
        Some(CacheSource::Managed(ManagedCache {
            engine: written.engine,
            version: written.version.as_ref().map(|version| version.as_str().to_owned()),
            memory: written.memory.0,
            persistent: written.persistent,
            when_full: written.when_full,
            password: written.password,
            sandbox: written.sandbox.unwrap_or(self.manifest.sandbox),
        }))
    }

    fn address(&mut self, url: &Spanned<String>) -> Option<CacheUrl> {
        match CacheUrl::parse(&url.value) {
            Ok(url) => Some(url),
            Err(why) => {
                let problem = Problem::new(Code::Url, format!("the address of a cache {why}"));
                let help = "write `redis://host:port`, or `rediss://host:port` for TLS";
                self.problems.push(problem.at(url.span, "").help(help));
                None
            }
        }
    }

    /// The same manifest may run a cache here and be given one there, so this is no error.
    fn not_for_an_address(&mut self, written: &manifest::Cache) {
        for key in ["engine", "version", "memory", "persistent", "when_full", "password", "sandbox"]
        {
            if let Some(span) = written.record().key(key) {
                let message = format!("`{key}` says nothing about a cache that `url` names");
                let warning = Problem::new(Code::IdleSetting, message).at(span, "");
                self.warnings.push(warning.help("whoever runs that server decides about it"));
            }
        }
    }

    /// Notes what a variable refers to, or reports that the stack does not define it.
    pub(super) fn refer_from(&mut self, value: &str, span: Span) {
        for reference in model::reference::marked(value) {
            if self.is_imported(&reference) {
                continue;
            }
            match reference {
                Reference::Cache(name, _) => self.refer(Defined::Cache, name.as_str(), span),
                Reference::Api(name) => {
                    self.refer(Defined::Api, name.as_str(), span);
                    self.answers_to_addresses(&name, span);
                }
                Reference::FunctionUrl(name) => {
                    self.refer(Defined::Function, name.as_str(), span);
                    self.has_a_url(&name, span);
                }
            }
        }
    }

    fn has_a_url(&mut self, name: &FunctionName, span: Span) {
        let mut functions = self.manifest.functions.iter().flat_map(|all| all.readable());
        let function = functions.find(|(named, _)| named.key.0 == *name);
        if function.is_some_and(|(_, function)| function.url.is_none()) {
            let message = format!("function `{name}` has no URL");
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            self.problems
                .push(problem.help("give it one with `url: { auth: none }`, or with `auth: iam`"));
        }
    }

    /// Whether it came with what another stack exports.
    fn is_imported(&self, reference: &Reference) -> bool {
        let mut imported = self.imports.values().flat_map(|text| model::reference::marked(text));
        imported.any(|it| it == *reference)
    }

    /// Only an API that answers to every host is found at the server's own address, or one whose host leads to this
    /// machine.
    fn answers_to_addresses(&mut self, name: &ApiName, span: Span) {
        let mut apis = self.manifest.apis.iter().flat_map(|apis| apis.readable());
        let api = apis.find(|(named, _)| named.key.0 == *name);
        let is_here = |api: &manifest::Api| {
            let mut hosts = api.hosts.iter().flat_map(|all| &all.0);
            api.hosts.is_none() || hosts.any(|host| host.value.0.ends_with(".localhost"))
        };
        if api.is_some_and(|(_, api)| !is_here(api)) {
            let message =
                format!("the API `{name}` answers to its `hosts` only, and not to an address");
            let problem = Problem::new(Code::Host, message).at(span, "");
            self.problems.push(problem.help("write the URL with one of its host names"));
        }
    }
}
