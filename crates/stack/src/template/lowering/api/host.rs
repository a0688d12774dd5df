//! Several APIs of one stage: on AWS each has a host of its own, and so it has here but for the first.

use std::collections::BTreeSet;

use crate::template::lowering::Lowering;
use crate::template::native::ApiDraft;
use crate::yaml::Node;

impl Lowering<'_> {
    /// Keeps APIs apart that would answer the same requests.
    pub(super) fn keep_apart(&mut self, apis: &mut [(String, ApiDraft)]) {
        let region = self.values.inputs.account.region.clone();
        let mut stages = BTreeSet::new();
        // By name: the order of a template means nothing.
        let mut apis: Vec<_> = apis.iter_mut().collect();
        apis.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (id, api) in apis {
            let Some(stage) = api.settings.text("stage") else { continue };
            if stages.insert(stage.to_owned()) {
                continue;
            }
            let host = format!("{}.execute-api.{region}.localhost", id.to_ascii_lowercase());
            let message = format!(
                "the API `{id}` answers to `{host}` only: another one has the stage `{stage}`, too"
            );
            self.told.note(message, api.span);
            api.settings.put("hosts", Node::text(api.span, host));
        }
    }
}
