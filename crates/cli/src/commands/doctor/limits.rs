//! Bounds that the system sets on processes.

use rustix::process::{Resource, getrlimit};

use super::{Finding, Status};

const TOPIC: &str = "limits";

/// Two descriptors per proxied connection and ten thousand connections.
const ENOUGH_FILES: u64 = 20_000;
/// A few large code folders.
const ENOUGH_WATCHES: u64 = 8_192;

pub(crate) fn look() -> Vec<Finding> {
    vec![files(), watches()]
}

fn files() -> Finding {
    // The server raises its soft limit to the hard one.
    let hard = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let finding = Finding::ok(TOPIC, "open files", format!("{hard} per process"));
    if hard >= ENOUGH_FILES {
        return finding;
    }
    finding
        .not_ok(Status::Weak, "raise it with `ulimit -Hn 65536` or LimitNOFILE= for many clients")
}

fn watches() -> Finding {
    let path = "/proc/sys/fs/inotify/max_user_watches";
    let watches = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
    let watches: u64 = watches.unwrap_or(0);
    let finding = Finding::ok(TOPIC, "watched folders", format!("{watches} per user"));
    if watches >= ENOUGH_WATCHES {
        return finding;
    }
    finding
        .not_ok(Status::Weak, "reload on save needs them: sysctl fs.inotify.max_user_watches=65536")
}
