//! What a server keeps in files of its own, without which a copy of its store is not all of it.

use std::path::{Path, PathBuf};

use functions::artifacts::below_state;
use serde::Serialize;

use crate::admin::access::TOKEN_FILE;
use crate::platform::Platform;
use crate::sweep;

/// Of the state folder, and what it is needed for.
const ALWAYS: [(&str, &str); 6] = [
    ("secrets.key", "opens secret parameters, which are lost without it"),
    ("topics.pem", "signs what topics send"),
    ("deployed", "deployed stacks"),
    (TOKEN_FILE, "lets in who deploys"),
    ("caches", "data of caches; copy it while the server is stopped"),
    ("data", "data of functions; copy it while nothing writes to it"),
];
const CODE: &str = "code of functions and versions that AWS calls made";

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(in crate::admin) struct Beside {
    path: PathBuf,
    holds: &'static str,
}

/// Only what is there.
pub(in crate::admin) fn beside(platform: &Platform) -> Vec<Beside> {
    let named = sweep::named(&platform.resources.snapshot());
    let named = named.iter().filter_map(|path| below_state(path));
    let mut folders: Vec<&Path> =
        named.filter_map(|path| path.iter().next()).map(Path::new).collect();
    folders.dedup();
    let code = folders.into_iter().map(|folder| (folder, CODE));
    let all = ALWAYS.iter().map(|(name, holds)| (Path::new(name), *holds)).chain(code);
    let all = all.map(|(name, holds)| Beside { path: platform.options.state.join(name), holds });
    all.filter(|beside| beside.path.exists()).collect()
}
