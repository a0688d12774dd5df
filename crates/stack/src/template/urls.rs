//! Addresses of APIs, as templates put them together: `https://${Api}.execute-api.${AWS::Region}.amazonaws.com/Prod`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::lowering::elsewhere;
use crate::yaml::{Node, Value};

/// The address of an API with its stage, or the id of an API alone.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let address = r"https?://\$\{api:([A-Za-z0-9_-]+)\.id\}\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:/([A-Za-z0-9_$-]+))?";
    Regex::new(&format!(r"{address}|\$\{{api:([A-Za-z0-9_-]+)\.id\}}")).ok()
});

/// Has every text name an API by where it answers here, or by its name.
pub(super) fn settle(whole: &mut Node) {
    let apis = whole.get("apis").map(Node::entries).unwrap_or_default();
    let apis: BTreeSet<String> = apis.iter().map(|entry| entry.key.text.clone()).collect();
    settle_in(whole, &apis);
}

fn settle_in(node: &mut Node, apis: &BTreeSet<String>) {
    match &mut node.value {
        Value::Scalar(scalar) if scalar.text.contains("${api:") => {
            if let Some(address) = &*ADDRESS {
                let settled = address.replace_all(&scalar.text, |found: &regex::Captures<'_>| {
                    let part = |at| found.get(at).map(|it| it.as_str());
                    let Some(api) = part(1) else {
                        return part(3).unwrap_or_default().to_owned();
                    };
                    let other = part(2).map(|stage| elsewhere(api, stage));
                    let other = other.filter(|it| apis.contains(it));
                    format!("${{api:{}.url}}", other.as_deref().unwrap_or(api))
                });
                scalar.text = settled.into_owned();
            }
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(|it| settle_in(it, apis)),
        Value::Mapping(entries) => entries.iter_mut().for_each(|it| settle_in(&mut it.value, apis)),
    }
}
