//! Packaging: which files become a function's code.

use crate::foreign::{Fields, Key, Use};
use crate::problem::Told;
use crate::yaml::Node;

const KEYS: [Key; 7] = [
    ("patterns", Use::Note("has no effect: functions run in the service's folder")),
    ("include", Use::Note("has no effect: functions run in the service's folder")),
    ("exclude", Use::Note("has no effect: functions run in the service's folder")),
    ("excludeDevDependencies", Use::Note("has no effect: functions run in the service's folder")),
    ("individually", Use::Note("has no effect: functions run in the service's folder")),
    ("artifact", Use::Read),
    ("path", Use::Note("has no effect: nothing is written there")),
];

pub(super) fn check(service: &Fields<'_>, told: &mut Told) {
    if let Some(node) = service.get("package") {
        Fields::open(node, "a package", &KEYS, told);
    }
}

/// The archive that is there already, of the function or else of the service.
pub(super) fn artifact<'a>(
    function: &Fields<'a>,
    service: &Fields<'a>,
    told: &mut Told,
) -> Option<&'a Node> {
    let own = function.get("package");
    let own = own.and_then(|node| Fields::open(node, "a function's package", &KEYS, told));
    let own = own.and_then(|package| package.get("artifact"));
    own.or_else(|| service.get("package")?.get("artifact"))
}
