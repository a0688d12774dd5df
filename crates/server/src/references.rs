//! Puts what is known once a stack runs in the place of references to it.

use std::collections::BTreeMap;

use model::{Account, CacheName, CacheUrl, FunctionName, FunctionUrl, Reference, Stack};

use crate::trouble::Trouble;

/// What variables may refer to.
pub(crate) struct Known<'a> {
    /// Where the server answers to APIs.
    pub(crate) api: &'a str,
    pub(crate) account: &'a Account,
    pub(crate) caches: &'a BTreeMap<CacheName, CacheUrl>,
}

impl Known<'_> {
    /// The stack as its functions, its processes and its limits see it.
    pub(crate) fn fill(&self, stack: &Stack) -> Result<Stack, Trouble> {
        let mut filled = stack.clone();
        let functions = filled.functions.values_mut().map(|it| &mut it.environment);
        let processes = filled.processes.values_mut().map(|it| &mut it.environment);
        for value in functions.chain(processes).flat_map(|environment| environment.values_mut()) {
            *value = self.one(stack, value)?;
        }
        if let Some(store) = &mut filled.limits_store {
            store.url = self.one(stack, &store.url)?;
        }
        Ok(filled)
    }

    fn one(&self, stack: &Stack, value: &str) -> Result<String, Trouble> {
        let filled = model::reference::fill(value, |reference| self.value(stack, reference));
        filled.map_err(|unknown| Trouble::from(format!("nothing is known of `{unknown}`")))
    }

    fn value(&self, stack: &Stack, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Cache(name, part) => Some(self.caches.get(name)?.part(*part)),
            Reference::FunctionUrl(name) => function_url(stack, name, self.api, self.account),
            Reference::Api(name) => {
                let api = stack.apis.iter().find(|api| api.name == *name)?;
                let stage = Some(&api.stage).filter(|stage| *stage != "$default");
                let server = self.server(&api.hosts);
                Some(stage.map_or(server.clone(), |stage| format!("{server}/{stage}")))
            }
        }
    }

    /// Where an API answers that has these hosts, or all. Names below `localhost` lead to this machine.
    fn server(&self, hosts: &[String]) -> String {
        let host = hosts.iter().find(|host| host.ends_with(".localhost"));
        let Some((host, (scheme, here))) = host.zip(self.api.split_once("://")) else {
            return self.api.to_owned();
        };
        let port = here.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{host}{port}")
    }
}

/// Where a function's own URL answers, as Lambda writes it.
pub(crate) fn function_url(
    stack: &Stack,
    function: &FunctionName,
    api: &str,
    account: &Account,
) -> Option<String> {
    let mut urls = stack.resources.values().filter_map(|resource| resource.get::<FunctionUrl>());
    let url = urls.find(|url| url.function == *function)?;
    let (scheme, authority) = api.split_once("://")?;
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    Some(format!("{scheme}://{}:{port}/", url.host(account)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_with_a_host_of_this_machine_is_found_there() {
        let check = |api: &str, hosts: &[&str], expected: &str| {
            let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
            let known = Known { api, account: &Account::default(), caches: &BTreeMap::new() };
            assert_eq!(known.server(&hosts), expected);
        };
        check("http://127.0.0.1:3000", &[], "http://127.0.0.1:3000");
        check("http://127.0.0.1:3000", &["a.example", "b.localhost"], "http://b.localhost:3000");
        check("https://[::1]:3000", &["b.localhost"], "https://b.localhost:3000");
    }
}
