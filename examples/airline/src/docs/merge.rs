//! Makes one OpenAPI document of several: what is published, under its public path.

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

/// `{title, version, services: [{name, publish: {"GET /public": "/own"}, document}]}`. An operation
/// that is not published is not part of the result; schemas of one name that differ are told apart
/// by their service's name.
pub(crate) fn merge(asked: &Map<String, Value>) -> Result<Value, String> {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let services =
        asked.get("services").and_then(Value::as_array).ok_or("`services` is no list")?;
    for service in services {
        let name = service["name"].as_str().ok_or("a service has no `name`")?;
        let mut document = service["document"].clone();
        let own = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
        let renamed = renamed(name, &own, &schemas);
        rename(&mut document, &renamed);
        for (schema, new) in own.keys().map(|schema| (schema, new_name(schema, &renamed))) {
            schemas.insert(new.to_owned(), document["components"]["schemas"][schema].clone());
        }
        let publish = service["publish"].as_object().ok_or("a service has no `publish`")?;
        for (public, own) in publish {
            let (method, public) = public.split_once(' ').ok_or("a route is `METHOD /path`")?;
            let own = own.as_str().ok_or("a path is no text")?;
            let method = method.to_ascii_lowercase();
            let path = &document["paths"][own];
            let mut operation = path
                .get(&method)
                .cloned()
                .ok_or_else(|| format!("`{name}` has no `{method}` of `{own}`"))?;
            let members = operation.as_object_mut();
            let members =
                members.ok_or_else(|| format!("`{method}` of `{own}` is no operation"))?;
            members.insert("tags".to_owned(), json!([name]));
            let published = paths.entry(public).or_insert_with(|| json!({}));
            if let Some(parameters) = path.get("parameters") {
                published["parameters"] = parameters.clone();
            }
            published[method] = operation;
        }
    }
    Ok(json!({
        "openapi": "3.0.3",
        "info": { "title": asked.get("title"), "version": asked.get("version") },
        "paths": paths,
        "components": { "schemas": schemas },
    }))
}

/// Which of a service's schemas need another name: those that differ from what has it already, and
/// those that do once they refer to one with another name.
fn renamed(
    service: &str,
    own: &Map<String, Value>,
    taken: &Map<String, Value>,
) -> Vec<(String, String)> {
    let mut renamed: Vec<(String, String)> = Vec::new();
    loop {
        let differs = |name: &String, schema: &Value| {
            let mut schema = schema.clone();
            rename(&mut schema, &renamed);
            taken.get(name).is_some_and(|known| *known != schema)
        };
        let has_another = |name: &String| renamed.iter().any(|(old, _)| old == name);
        let conflicts = own.iter().filter(|(name, it)| !has_another(name) && differs(name, it));
        let more: Vec<_> =
            conflicts.map(|(name, _)| (name.clone(), format!("{service}.{name}"))).collect();
        if more.is_empty() {
            return renamed;
        }
        renamed.extend(more);
    }
}

fn new_name<'a>(name: &'a str, renamed: &'a [(String, String)]) -> &'a str {
    renamed.iter().find(|(old, _)| old == name).map_or(name, |(_, new)| new)
}

/// Follows new names everywhere a schema is referred to.
fn rename(value: &mut Value, renamed: &[(String, String)]) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), &mut *value) {
                    ("$ref", Value::String(reference)) => {
                        if let Some(schema) = reference.strip_prefix(SCHEMAS) {
                            *reference = format!("{SCHEMAS}{}", new_name(schema, renamed));
                        }
                    }
                    (_, value) => rename(value, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn asked(services: Value) -> Map<String, Value> {
        let asked = json!({ "title": "All", "version": "1", "services": services });
        asked.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn only_what_is_published_is_told_under_its_public_path() {
        let merged = merge(&asked(json!([
            { "name": "users", "document": document::users(),
              "publish": { "GET /all/users": "/api/v1/users" } },
            { "name": "bookings", "document": document::bookings(),
              "publish": { "POST /all/bookings": "/api/v1/bookings" } },
        ])))
        .unwrap();
        let paths: Vec<&String> = merged["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/all/users", "/all/bookings"]);
        assert!(merged["paths"]["/all/users"].get("post").is_none());
        assert!(merged["components"]["schemas"]["NewBooking"].is_object());
    }

    #[test]
    fn schemas_that_differ_are_told_apart_and_their_references_follow() {
        let service = |name: &str, kind: &str| {
            let answer = json!({ "schema": { "$ref": "#/components/schemas/Thing" } });
            json!({ "name": name, "publish": { format!("GET /{name}"): "/own" }, "document": {
                "paths": { "/own": { "get": { "content": answer } } },
                "components": { "schemas": {
                    "Thing": { "type": kind },
                    "Same": { "items": { "$ref": "#/components/schemas/Thing" } },
                } },
            } })
        };
        let merged =
            merge(&asked(json!([service("a", "string"), service("b", "number")]))).unwrap();
        let schemas = &merged["components"]["schemas"];
        assert_eq!(schemas["Thing"]["type"], "string");
        assert_eq!(schemas["b.Thing"]["type"], "number");
        let reference =
            |path: &str| merged["paths"][path]["get"]["content"]["schema"]["$ref"].clone();
        assert_eq!(reference("/a"), "#/components/schemas/Thing");
        assert_eq!(reference("/b"), "#/components/schemas/b.Thing");
        assert_eq!(schemas["Same"]["items"]["$ref"], "#/components/schemas/Thing");
        assert_eq!(schemas["b.Same"]["items"]["$ref"], "#/components/schemas/b.Thing");
    }

    #[test]
    fn schemas_that_are_the_same_stay_one() {
        let service =
            |name: &str| json!({ "name": name, "publish": {}, "document": document::users() });
        let merged = merge(&asked(json!([service("a"), service("b")]))).unwrap();
        assert_eq!(merged["components"], document::users()["components"]);
    }

    #[test]
    fn what_a_service_does_not_have_cannot_be_published() {
        let service = json!([{ "name": "users", "document": document::users(),
                               "publish": { "DELETE /x": "/api/v1/users" } }]);
        let problem = merge(&asked(service)).unwrap_err();
        assert_eq!(problem, "`users` has no `delete` of `/api/v1/users`");
        let service = json!([{ "name": "odd", "document": { "paths": { "/own": { "get": "text" } } },
                               "publish": { "GET /x": "/own" } }]);
        assert_eq!(merge(&asked(service)).unwrap_err(), "`get` of `/own` is no operation");
    }
}
