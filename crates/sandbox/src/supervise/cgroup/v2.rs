//! One hierarchy for all controllers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folders::own_folder;
use super::{CPU_PERIOD_US, Controller, Setting, cpu_quota, write};
use crate::ResourceLimits;
use crate::supervise::paths::{HOST, Host};

const ENABLE: &str = "+memory +pids +cpu";

/// The launcher's own folder, in the group it was started in if that was delegated to us, else at the
/// top, where root may make one.
pub(super) fn parent(host: &Host, table: &str, mounts: &str, own: &str) -> Result<PathBuf, String> {
    let mount = mounts
        .lines()
        .find_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (target, kind) = (fields.next()?, fields.next()?);
            (kind == "cgroup2").then(|| target.strip_prefix(HOST).unwrap_or(target))
        })
        .ok_or("no cgroup v2 hierarchy is mounted")?;
    let top = host.path(mount);
    let controllers = fs::read_to_string(top.join("cgroup.controllers")).unwrap_or_default();
    for controller in Controller::ALL {
        if !controllers.split_whitespace().any(|c| c == controller.name()) {
            return Err(format!("cgroup v2 has no `{}` controller here", controller.name()));
        }
    }
    let group = table.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let current = top.join(group.trim_start_matches('/'));
    let mut refused = String::new();
    for candidate in [&current, &top] {
        match delegate(candidate).and_then(|()| own_folder(host, candidate, own)) {
            Ok(folder) => match write(&folder.join("cgroup.subtree_control"), ENABLE) {
                Ok(()) => return Ok(folder),
                Err(error) => refused = error.to_string(),
            },
            Err(error) => refused = error.to_string(),
        }
    }
    Err(format!("cgroup v2 is not delegated to this user ({refused})"))
}

/// Lets children of `group` be limited. A group other than the top may not have processes of its own
/// then, so ours, if it is only ours, move one level down.
fn delegate(group: &Path) -> io::Result<()> {
    let control = group.join("cgroup.subtree_control");
    match write(&control, ENABLE) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
        outcome => return outcome,
    }
    let (ours, server) = (std::process::id(), std::os::unix::process::parent_id());
    let members = fs::read_to_string(group.join("cgroup.procs"))?;
    let members: Vec<u32> = members.lines().filter_map(|pid| pid.parse().ok()).collect();
    if members.iter().any(|pid| *pid != ours && *pid != server) {
        return Err(io::Error::other("other processes are in our group"));
    }
    let below = group.join("tidegate");
    match fs::create_dir(&below) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for member in members {
        write(&below.join("cgroup.procs"), &member.to_string())?;
    }
    write(&control, ENABLE)
}

pub(super) fn settings(controller: Controller, limits: &ResourceLimits) -> Vec<Setting> {
    match controller {
        Controller::Memory => {
            let memory = limits.memory.map_or_else(|| "max".into(), |memory| memory.0.to_string());
            let swap = if limits.memory.is_some() { "0" } else { "max" };
            vec![
                Setting::new("memory.max", &memory),
                Setting::optional("memory.swap.max", &swap),
                // The whole sandbox fails at once rather than losing a process it depends on.
                Setting::optional("memory.oom.group", &1),
            ]
        }
        Controller::Processes => vec![Setting::new("pids.max", &limits.processes)],
        Controller::Cpu => {
            let quota = limits.cpus.map_or_else(|| "max".into(), |c| cpu_quota(c).to_string());
            vec![Setting::new("cpu.max", &format!("{quota} {CPU_PERIOD_US}"))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ByteSize;

    #[test]
    fn limits_are_written_as_version_2_wants_them() {
        let limits = ResourceLimits {
            memory: Some(ByteSize::mib(128)),
            cpus: Some(0.5),
            ..ResourceLimits::default()
        };
        let text = |controller| -> Vec<String> {
            settings(controller, &limits)
                .iter()
                .map(|s| format!("{}={}", s.file, s.value))
                .collect()
        };
        assert_eq!(
            text(Controller::Memory),
            ["memory.max=134217728", "memory.swap.max=0", "memory.oom.group=1"]
        );
        assert_eq!(text(Controller::Cpu), ["cpu.max=50000 100000"]);
        assert_eq!(text(Controller::Processes), ["pids.max=1024"]);
    }

    #[test]
    fn a_limit_that_is_not_asked_for_is_lifted() {
        let values = |controller| -> Vec<String> {
            let settings = settings(controller, &ResourceLimits::default());
            settings.into_iter().map(|setting| setting.value).collect()
        };
        assert_eq!(values(Controller::Memory), ["max", "max", "1"]);
        assert_eq!(values(Controller::Cpu), ["max 100000"]);
    }
}
