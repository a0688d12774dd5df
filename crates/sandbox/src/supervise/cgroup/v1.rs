//! One hierarchy per controller.

use std::path::PathBuf;

use super::folders::own_folder;
use super::{CPU_PERIOD_US, Controller, Setting, cpu_quota};
use crate::ResourceLimits;
use crate::supervise::paths::Host;

/// The launcher's own folder in a controller's hierarchy, below the group it was started in.
pub(super) fn parent(
    host: &Host,
    table: &str,
    mounts: &str,
    controller: Controller,
    own: &str,
) -> Result<PathBuf, String> {
    let name = controller.name();
    let mount =
        mount_point(mounts, name).ok_or_else(|| format!("no cgroup v1 hierarchy has `{name}`"))?;
    let group = group(table, name).unwrap_or("/");
    let folder = host.path(mount).join(group.trim_start_matches('/'));
    own_folder(host, &folder, own).map_err(|error| format!("cgroup v1 `{name}`: {error}"))
}

pub(super) fn settings(controller: Controller, limits: &ResourceLimits) -> Vec<Setting> {
    match controller {
        Controller::Memory => {
            let memory = limits.memory.map_or_else(|| "-1".into(), |memory| memory.0.to_string());
            vec![
                // At no time may memory alone exceed memory and swap together.
                Setting::optional("memory.memsw.limit_in_bytes", &-1),
                Setting::new("memory.limit_in_bytes", &memory),
                Setting::optional("memory.memsw.limit_in_bytes", &memory),
            ]
        }
        Controller::Processes => vec![Setting::new("pids.max", &limits.processes)],
        Controller::Cpu => limits.cpus.map_or_else(Vec::new, |cpus| {
            vec![
                Setting::new("cpu.cfs_period_us", &CPU_PERIOD_US),
                Setting::new("cpu.cfs_quota_us", &cpu_quota(cpus)),
            ]
        }),
    }
}

fn mount_point<'a>(mounts: &'a str, controller: &str) -> Option<&'a str> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (target, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        let has_it = kind == "cgroup" && options.split(',').any(|option| option == controller);
        // The launcher sees the host's mounts below its base tree.
        has_it.then(|| target.strip_prefix(crate::supervise::paths::HOST).unwrap_or(target))
    })
}

fn group<'a>(table: &'a str, controller: &str) -> Option<&'a str> {
    table.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, group) = (fields.next()?, fields.next()?);
        controllers.split(',').any(|c| c == controller).then_some(group)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_is_found_where_it_is_mounted_and_grouped() {
        let mounts = "cgroup /.host/sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0\n";
        assert_eq!(mount_point(mounts, "cpu"), Some("/sys/fs/cgroup/cpu,cpuacct"));
        assert_eq!(mount_point(mounts, "memory"), None);
        assert_eq!(group("4:memory:/a/b\n1:cpu,cpuacct:/\n", "memory"), Some("/a/b"));
        assert_eq!(group("4:memory:/a/b\n1:cpu,cpuacct:/\n", "cpu"), Some("/"));
    }
}
