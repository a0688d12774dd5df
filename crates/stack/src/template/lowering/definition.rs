//! APIs that a document of OpenAPI describes, inside of the template or in a file beside it.

use model::Protocol;

use super::Lowering;
use crate::openapi::{self, Lowered};
use crate::problem::{Code, Problem};
use crate::template::bag::Bag;
use crate::template::native::ApiDraft;
use crate::yaml::Node;

/// What says nothing about the API of a template: its resources do.
const OWN: [&str; 2] = ["protocol", "stage"];

impl<'a> Lowering<'a> {
    /// Adds what a document says to an API; `names` are the properties that hold it, or say where it is. Whether
    /// there is one.
    pub(super) fn defined(
        &mut self,
        bag: &mut Bag<'a>,
        names: [&'static str; 2],
        api: &mut ApiDraft,
    ) -> bool {
        let [body, location] = names.map(|name| bag.take(name));
        let is_defined = body.is_some() || location.is_some();
        if let (Some(_), Some(location)) = (body, location) {
            let message = format!("an API has `{}` or `{}`, not both", names[0], names[1]);
            let problem = Problem::new(Code::Conflict, message).at(location.span, "");
            self.told.problems.push(problem);
        }
        let document = match (body, location) {
            (Some(body), _) => self.value(Some(body)),
            (None, location) => self.document_at(location),
        };
        if let Some(document) = document.filter(|it| !it.is_unresolved()) {
            self.described(&document, api);
        }
        is_defined
    }

    fn document_at(&mut self, location: Option<&Node>) -> Option<Node> {
        let written = self.value(location)?;
        let Some(path) = written.as_text().filter(|_| !written.is_unresolved()) else {
            if !written.is_unresolved() {
                let message =
                    "this document is kept in the cloud, and not in a folder of this machine";
                self.told.unsupported(message, written.span);
            }
            return None;
        };
        let tree = self.values.file(path, &written, self.told)?;
        Some(openapi::escaped(&tree))
    }

    fn described(&mut self, document: &Node, api: &mut ApiDraft) {
        let protocol = if api.is_rest { Protocol::Rest } else { Protocol::Http };
        let lowered = openapi::api(document, protocol, self.told);
        let Some(Lowered { api: settings, upstreams, operations, .. }) = lowered else { return };
        api.described = operations;
        for entry in upstreams {
            if !self.native.has("upstreams", &entry.key.text) {
                let name = entry.key.text;
                self.native.add("upstreams", &name, entry.key.span, entry.value, self.told);
            }
        }
        for entry in settings {
            match &*entry.key.text {
                "routes" => {
                    for route in entry.value.entries().iter().cloned() {
                        api.route(route.key.text, route.key.span, route.value, self.told);
                    }
                }
                "models" => api.models.extend(entry.value.entries().iter().cloned()),
                name if OWN.contains(&name) || api.settings.has(name) => {}
                name => api.settings.put(name, entry.value),
            }
        }
    }
}
