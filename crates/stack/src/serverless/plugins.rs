//! Plugins: which work is done here without them, and which is not done.

use crate::foreign::{Fields, Key, Use};
use crate::problem::Told;
use crate::yaml::shorten;

const PYTHON: &str = "serverless-python-requirements";

/// Plugins whose purpose is met by serving the service here at all.
const MET: [&str; 6] = [
    "serverless-offline",
    "serverless-offline-sqs",
    "serverless-offline-sns",
    "serverless-dotenv-plugin",
    "serverless-iam-roles-per-function",
    "serverless-prune-plugin",
];

const KEYS: [Key; 2] = [("modules", Use::Read), ("localPath", Use::Nothing)];

/// Tells which plugins do nothing here. True when Python's packages are to be installed.
pub(super) fn note(service: &Fields<'_>, told: &mut Told) -> bool {
    let Some(node) = service.get("plugins") else { return false };
    let modules = match node.entries() {
        [] => Some(node),
        _ => Fields::open(node, "plugins", &KEYS, told).and_then(|fields| fields.get("modules")),
    };
    let mut installs_python = false;
    for plugin in modules.map(|node| node.each()).unwrap_or_default() {
        match plugin.as_text() {
            Some(PYTHON) => installs_python = true,
            Some(name) if MET.contains(&name) => {}
            Some(name) => {
                let message = format!("the plugin `{}` is not run", shorten(name));
                told.note(message, plugin.span);
            }
            None => told.unsupported("this plugin is not a name", plugin.span),
        }
    }
    installs_python
}
