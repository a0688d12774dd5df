//! What routes ask of requests before anything is called, and the models of their APIs.

use std::collections::{BTreeMap, BTreeSet};

use model::{Models, Route, Validation};
use serde_json::Value as Json;

use super::Scope;
use crate::manifest::{self, Validate};
use crate::problem::{Code, Problem};
use crate::shape::{Placed, did_you_mean};

impl Scope<'_> {
    /// An API's models, each of which has to be a JSON schema that leads to no unknown one. Those that its
    /// routes ask for are kept.
    pub(super) fn models(&mut self, api: &manifest::Api, routes: &[Route]) -> Models {
        let written = || api.models.iter().flat_map(|models| models.readable());
        let mut models: Models =
            written().map(|(named, schema)| (named.key.0.clone(), schema.value.clone())).collect();
        for (named, _) in written() {
            if let Err(reason) = model::validation::model(&named.key.0, &models) {
                let message = format!("the model `{}` is no JSON schema: {reason}", named.text);
                let problem = Problem::new(Code::Model, message).at(named.span, "");
                self.problems.push(problem.help(
                    "it is one of draft 4, or of what its `$schema` says; `$ref` takes the name of another model",
                ));
            }
        }
        let used = used(&models, routes);
        for (named, _) in written().filter(|(named, _)| !used.contains(&named.key.0)) {
            let message = format!("no route asks for the model `{}`", named.text);
            let problem = Problem::new(Code::IdleSetting, message).at(named.span, "");
            self.warnings.push(
                problem.help("name it in the `validate` of a route, or nothing looks at bodies"),
            );
        }
        models.retain(|name, _| used.contains(name));
        // The order of a schema's keys means nothing.
        models.values_mut().for_each(Json::sort_all_objects);
        models
    }

    pub(super) fn validation(
        &mut self,
        api: &manifest::Api,
        route: &manifest::Route,
    ) -> Option<Validation> {
        let written = route.validate.as_ref()?;
        let Validate { parameters, body, .. } = written;
        let has_keys = |key| written.record().key(key).is_some();
        if !has_keys("parameters")
            && !has_keys("body")
            && let Some(span) = route.record().key("validate")
        {
            let problem = Problem::new(Code::Nothing, "`validate` asks for nothing").at(span, "");
            self.problems.push(problem.help("give it `parameters` or a `body`, or remove it"));
        }
        let names = || api.models.iter().flat_map(|models| models.names());
        let mut models = BTreeMap::new();
        for (media, model) in body.iter().flat_map(|body| &body.0) {
            let name = &model.value.0;
            if !names().any(|known| known == name) {
                let message = format!("the model `{name}` is not defined in this API");
                let help = did_you_mean(name, names());
                let help =
                    help.unwrap_or_else(|| format!("define it: `models: {{ {name}: ... }}`"));
                self.problems
                    .push(Problem::new(Code::Dangling, message).at(model.span, "").help(help));
            }
            models.insert(media.clone(), name.clone());
        }
        let parameters = parameters.iter().flat_map(|all| &all.0);
        let parameters = parameters.map(|parameter| parameter.value.clone()).collect();
        Some(Validation { parameters, body: models })
    }
}

/// Models that routes ask for, and those that these refer to.
fn used(models: &Models, routes: &[Route]) -> BTreeSet<String> {
    let asked = routes.iter().filter_map(|route| route.validation.as_ref());
    let mut open: Vec<String> = asked.flat_map(|asked| asked.body.values().cloned()).collect();
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(schema) = models.get(&name)
            && used.insert(name)
        {
            references(schema, &mut open);
        }
    }
    used
}

/// The last parts of the addresses that a schema refers to.
fn references(schema: &Json, to: &mut Vec<String>) {
    match schema {
        Json::Array(items) => items.iter().for_each(|item| references(item, to)),
        Json::Object(members) => {
            if let Some(Json::String(address)) = members.get("$ref") {
                let address = address.split('#').next().unwrap_or_default();
                to.extend(address.rsplit('/').next().map(str::to_owned));
            }
            members.values().for_each(|member| references(member, to));
        }
        _ => {}
    }
}
