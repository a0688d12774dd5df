//! Addresses of APIs, as templates put them together: `https://${Api}.execute-api.${AWS::Region}.amazonaws.com/Prod`.

use std::sync::LazyLock;

use regex::Regex;

use crate::yaml::{Node, Value};

/// The address of an API with its stage, or the id of an API alone.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let address = r"https?://\$\{api:([A-Za-z0-9_-]+)\.id\}\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:/[A-Za-z0-9_$-]+)?";
    Regex::new(&format!(r"{address}|\$\{{api:([A-Za-z0-9_-]+)\.id\}}")).ok()
});

/// Has every text name an API by where it answers here, or by its name.
pub(super) fn settle(node: &mut Node) {
    match &mut node.value {
        Value::Scalar(scalar) if scalar.text.contains("${api:") => {
            if let Some(address) = &*ADDRESS {
                let settled =
                    address.replace_all(&scalar.text, |found: &regex::Captures<'_>| {
                        match (found.get(1), found.get(2)) {
                            (Some(api), _) => format!("${{api:{}.url}}", api.as_str()),
                            (None, id) => id.map_or("", |id| id.as_str()).to_owned(),
                        }
                    });
                scalar.text = settled.into_owned();
            }
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(settle),
        Value::Mapping(entries) => entries.iter_mut().for_each(|entry| settle(&mut entry.value)),
    }
}
