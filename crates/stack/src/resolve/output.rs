//! What a stack tells about itself.

use std::collections::BTreeMap;

use model::{Reference, StackOutput};

use super::Scope;
use crate::problem::{Code, Problem};
use crate::shape::Map;
use crate::source::Span;

impl Scope<'_> {
    pub(super) fn outputs(&mut self) -> BTreeMap<String, StackOutput> {
        let mut all = BTreeMap::new();
        let mut exports: BTreeMap<&str, Span> = BTreeMap::new();
        for (named, written) in self.manifest.outputs.iter().flat_map(Map::readable) {
            let value = &written.value;
            self.refer_from(&value.value, value.span);
            self.tells_no_secret(&value.value, value.span);
            let export = written.export.as_ref();
            if let Some(export) = export
                && let Some(first) = exports.insert(export.value.0.as_str(), export.span)
            {
                let message = format!("`{}` is exported twice", export.value.0.as_str());
                let problem = Problem::new(Code::Conflict, message).at(export.span, "again here");
                self.problems.push(problem.related(first, "first here"));
            }
            let output = StackOutput {
                value: value.value.clone(),
                description: written.description.as_ref().map(|text| text.0.clone()),
                export: export.map(|export| export.value.0.as_str().to_owned()),
            };
            all.insert(named.key.0.clone(), output);
        }
        all
    }

    fn tells_no_secret(&mut self, value: &str, span: Span) {
        let secret = model::reference::marked(value).find(|reference| match reference {
            Reference::Cache(_, part) => part.is_secret(),
            Reference::Api(_) | Reference::FunctionUrl(_) => false,
        });
        if let Some(reference) = secret {
            let message = format!("`{reference}` holds a password, which outputs do not tell");
            let help = "name the cache's `host` and `port`";
            self.problems.push(Problem::new(Code::Conflict, message).at(span, "").help(help));
        }
    }
}
