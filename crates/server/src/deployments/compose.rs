//! Makes one stack of all that are deployed, and says whose names and addresses are in each other's way.

use std::collections::BTreeMap;
use std::fmt::Display;

use model::{Api, ApiName, Listener, Reference, Stack};

use crate::trouble::Trouble;

/// What the composed stack is called.
const NAME: &str = "server";

/// A deployed stack under its deployment's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) stack: &'a Stack,
}

/// In the order given: who comes first owns what two claim. `listener` is the server's own.
pub(crate) fn compose(members: &[Member<'_>], listener: &Listener) -> Result<Stack, Trouble> {
    let mut composing = Composing::default();
    composing.whole.name = NAME.to_owned();
    composing.whole.listener = listener.clone();
    for member in members {
        composing.add(*member);
    }
    if composing.problems.is_empty() {
        return Ok(composing.whole);
    }
    let problems = composing.problems.iter().map(|text| serde_json::json!({ "message": text }));
    let problems = problems.collect();
    Err(Trouble { message: composing.problems.join("\n"), problems })
}

/// The name under which a stack's API is served beside those of others.
fn api_name(deployment: &str, api: &ApiName) -> Option<ApiName> {
    ApiName::parse(&format!("{}-{api}", deployment.replace('@', "-"))).ok()
}

/// A value whose references name APIs as they are served beside those of other stacks.
pub(super) fn exported(deployment: &str, stack: &Stack, value: &str) -> String {
    let own = |name: &ApiName| stack.apis.iter().any(|api| api.name == *name);
    let served = |name: &ApiName| api_name(deployment, name).filter(|_| own(name));
    marked_anew(value, &|name| served(name).unwrap_or_else(|| name.clone()))
}

fn marked_anew(value: &str, new: &dyn Fn(&ApiName) -> ApiName) -> String {
    model::reference::reword(value, |reference| match reference {
        Reference::Api(name) => Reference::Api(new(name)).mark(),
        other => other.mark(),
    })
}

#[derive(Default)]
struct Composing<'a> {
    whole: Stack,
    /// Who has what there can be once only.
    owners: BTreeMap<String, &'a str>,
    problems: Vec<String>,
}

impl<'a> Composing<'a> {
    fn add(&mut self, member: Member<'a>) {
        let mut stack = member.stack.clone();
        self.rename_apis(member.name, &mut stack);
        self.claim_all(member.name, &stack);
        self.claim_doors(member.name, &stack.apis);
        self.listen(member, &stack);
        let whole = &mut self.whole;
        whole.functions.append(&mut stack.functions);
        whole.processes.append(&mut stack.processes);
        whole.caches.append(&mut stack.caches);
        whole.upstreams.append(&mut stack.upstreams);
        whole.usage_plans.append(&mut stack.usage_plans);
        whole.keys.append(&mut stack.keys);
        whole.resources.append(&mut stack.resources);
        whole.apis.append(&mut stack.apis);
        whole.limits_store = whole.limits_store.take().or(stack.limits_store);
    }

    /// Most stacks call their API `main`, and nobody outside a stack names it.
    fn rename_apis(&mut self, name: &str, stack: &mut Stack) {
        let mut renamed = BTreeMap::new();
        for api in &stack.apis {
            match api_name(name, &api.name) {
                Some(new) => drop(renamed.insert(api.name.clone(), new)),
                None => self.problems.push(format!(
                    "the API `{}` of the stack `{name}` has a name too long to be served beside others; \
                     shorten one of the two",
                    api.name
                )),
            }
        }
        let new = |old: &ApiName| renamed.get(old).cloned().unwrap_or_else(|| old.clone());
        for api in &mut stack.apis {
            api.name = new(&api.name);
            api.id = api.id.as_ref().map(|id| api_name(name, id).unwrap_or_else(|| id.clone()));
        }
        let covered = stack.usage_plans.values_mut().flat_map(|plan| &mut plan.apis);
        covered.for_each(|covered| covered.api = new(&covered.api));
        let functions = stack.functions.values_mut().map(|it| &mut it.environment);
        let processes = stack.processes.values_mut().map(|it| &mut it.environment);
        for value in functions.chain(processes).flat_map(|environment| environment.values_mut()) {
            *value = marked_anew(value, &new);
        }
    }

    fn claim_all(&mut self, name: &'a str, stack: &Stack) {
        self.claim(name, "function", stack.functions.keys());
        self.claim(name, "process", stack.processes.keys());
        self.claim(name, "cache", stack.caches.keys());
        self.claim(name, "upstream", stack.upstreams.keys());
        self.claim(name, "usage plan", stack.usage_plans.keys());
        self.claim(name, "key", stack.keys.keys());
        for id in stack.resources.keys() {
            self.claim(name, id.kind.as_str(), [&id.name]);
        }
        let keeps_data = stack.functions.values().any(|function| function.data)
            || stack.processes.values().any(|process| process.data);
        if keeps_data {
            self.own(name, "the data folder", "keep `data` in one of them only");
        }
    }

    fn claim(&mut self, name: &'a str, kind: &str, names: impl IntoIterator<Item = impl Display>) {
        for claimed in names {
            let what = format!("the {kind} `{claimed}`");
            self.own(name, &what, "rename it in one of them, or deploy one to another server");
        }
    }

    fn own(&mut self, name: &'a str, what: &str, way_out: &str) {
        let owner = *self.owners.entry(what.to_owned()).or_insert(name);
        if owner != name {
            self.problems
                .push(format!("the stacks `{owner}` and `{name}` both have {what}; {way_out}"));
        }
    }

    /// As within one stack, two APIs must differ in host or stage.
    fn claim_doors(&mut self, name: &'a str, apis: &[Api]) {
        for api in apis {
            let all = api.hosts.is_empty().then(|| "all hosts".to_owned());
            let hosts = api.hosts.iter().map(|host| format!("`{}`", host.to_ascii_lowercase()));
            for host in hosts.chain(all) {
                let door = format!("an API for {host} at the stage `{}`", api.stage);
                self.own(name, &door, "give one of them other `hosts` or another `stage`");
            }
        }
    }

    /// There is one way in, so that whoever has something to say about it has to say the same.
    fn listen(&mut self, member: Member<'a>, stack: &Stack) {
        let Member { name, .. } = member;
        if let Some(store) = &stack.limits_store {
            let other = self.whole.limits_store.as_ref().is_some_and(|other| other != store);
            self.say_same(name, "limits_store", other);
        }
        if stack.listener == Listener::default() {
            return;
        }
        let mut wanted = stack.listener.clone();
        wanted.tls = wanted.tls.or_else(|| self.whole.listener.tls.clone());
        let is_said = self.owners.contains_key("listen");
        let other = is_said && self.whole.listener != wanted;
        self.say_same(name, "listen", other);
        if !is_said || !other {
            self.whole.listener = wanted;
        }
    }

    fn say_same(&mut self, name: &'a str, key: &'static str, differs: bool) {
        let owner = *self.owners.entry(key.to_owned()).or_insert(name);
        if differs && owner != name {
            self.problems.push(format!(
                "the stacks `{owner}` and `{name}` disagree on `{key}`, which a server has once; \
                 write the same in both"
            ));
        }
    }
}

#[cfg(test)]
mod tests;
