//! Where what a stack declares is reached.

use model::{Account, CachePart, CacheSource, FunctionName, Reference, ResourceKind, Stack};
use serde_json::{Map, Value, json};

use crate::caches::Caches;
use crate::references::function_url;
use crate::state::Addresses;

/// By kind and name: URLs of APIs and queues, ARNs of the rest, and what the stack itself tells.
pub(crate) fn outputs(
    stack: &Stack,
    addresses: &Addresses,
    account: &Account,
    caches: &Caches,
) -> Value {
    let mut all = Map::new();
    let apis = stack.apis.iter().map(|api| {
        let url = api_url(&addresses.api, api.hosts.first().map(String::as_str), &api.stage);
        (api.name.to_string(), url)
    });
    put(&mut all, "apis", apis);
    let arn = |name: &FunctionName| account.arn("lambda", format_args!("function:{name}"));
    put(
        &mut all,
        "functions",
        stack.functions.keys().map(|it| (it.to_string(), arn(it).to_string())),
    );
    let urls = stack.functions.keys().filter_map(|name| {
        Some((name.to_string(), function_url(stack, name, &addresses.api, account)?))
    });
    put(&mut all, "urls", urls);
    let queue = |name: &str| format!("{}/{}/{name}", addresses.aws, account.id);
    let of_kind = |kind: ResourceKind| {
        let ids = stack.resources.keys().filter(move |id| id.kind == kind);
        ids.map(|id| id.name.to_string())
    };
    let queues = of_kind(ResourceKind::Queue);
    put(&mut all, "queues", queues.map(|name| (name.clone(), queue(&name))));
    let topics = of_kind(ResourceKind::Topic);
    put(
        &mut all,
        "topics",
        topics.map(|name| (name.clone(), account.arn("sns", name).to_string())),
    );
    let told = stack.outputs.iter().map(|(name, output)| {
        let value = |reference: &Reference| {
            let known = value(stack, (addresses, account), caches, reference);
            known.unwrap_or_else(|| reference.to_string())
        };
        (name.clone(), model::reference::reword(&output.value, value))
    });
    put(&mut all, "outputs", told);
    Value::Object(all)
}

/// What a reference of an output stands for now.
fn value(
    stack: &Stack,
    (addresses, account): (&Addresses, &Account),
    caches: &Caches,
    reference: &Reference,
) -> Option<String> {
    match reference {
        Reference::Api(name) => {
            let api = stack.apis.iter().find(|api| api.name == *name)?;
            Some(api_url(&addresses.api, api.hosts.first().map(String::as_str), &api.stage))
        }
        Reference::FunctionUrl(name) => function_url(stack, name, &addresses.api, account),
        Reference::Cache(_, part) if part.is_secret() => None,
        Reference::Cache(name, part) => match &stack.caches.get(name)?.source {
            CacheSource::Elsewhere(url) => Some(url.part(*part)),
            CacheSource::Managed(_) if *part == CachePart::Host => Some("127.0.0.1".to_owned()),
            CacheSource::Managed(_) => Some(caches.port(name)?.to_string()),
        },
    }
}

fn put(all: &mut Map<String, Value>, kind: &str, some: impl Iterator<Item = (String, String)>) {
    let some: Map<String, Value> = some.map(|(name, value)| (name, json!(value))).collect();
    if !some.is_empty() {
        all.insert(kind.to_owned(), some.into());
    }
}

/// `http://127.0.0.1:3000/prod`; an API with hosts of its own is reached by the first of them.
fn api_url(server: &str, host: Option<&str>, stage: &str) -> String {
    let (scheme, authority) = server.split_once("://").unwrap_or(("http", server));
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    let authority = host.map_or(authority.to_owned(), |host| format!("{host}:{port}"));
    match stage {
        "$default" => format!("{scheme}://{authority}"),
        stage => format!("{scheme}://{authority}/{stage}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_is_reached_by_host_port_and_stage() {
        let server = "http://127.0.0.1:3000";
        assert_eq!(api_url(server, None, "$default"), "http://127.0.0.1:3000");
        assert_eq!(api_url(server, None, "prod"), "http://127.0.0.1:3000/prod");
        assert_eq!(api_url("https://[::1]:8443", None, "$default"), "https://[::1]:8443");
        assert_eq!(api_url(server, Some("a.example"), "v1"), "http://a.example:3000/v1");
    }
}
