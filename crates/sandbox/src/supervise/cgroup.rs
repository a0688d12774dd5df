//! Limits that hold for a process and all its descendants together: cgroups, version 2 where its
//! controllers are in use, else version 1.

mod folders;
mod group;
mod v1;
mod v2;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

pub(super) use self::group::Cgroup;
use super::failure::{Failure, Step};
use super::paths::Host;
use crate::{Layer, LayerStatus, ResourceLimits};

/// The bandwidth period Linux uses unless told otherwise.
const CPU_PERIOD_US: u64 = 100_000;

/// What can be limited, and the file names a version uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Memory,
    Processes,
    Cpu,
}

impl Controller {
    pub(super) const ALL: [Self; 3] = [Self::Memory, Self::Processes, Self::Cpu];

    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
            Self::Cpu => "cpu",
        }
    }

    fn layer(self) -> Layer {
        match self {
            Self::Memory => Layer::MemoryLimit,
            Self::Processes => Layer::ProcessLimit,
            Self::Cpu => Layer::CpuLimit,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

impl Version {
    /// Whether a group is made for this controller. With version 2 all are the same group; with version 1
    /// programs whose time is not limited compete on equal terms only outside of one.
    fn counts(self, controller: Controller, limits: &ResourceLimits) -> bool {
        self == Self::V2 || controller != Controller::Cpu || limits.cpus.is_some()
    }
}

/// The folder under which each controller's groups are made. With version 2 it is the same for all.
#[derive(Debug)]
pub(super) struct Cgroups {
    version: Version,
    parents: Vec<(Controller, PathBuf)>,
    reasons: Vec<(Controller, String)>,
    /// So many groups, which are named by their number.
    made: u64,
    /// The host's `/proc`.
    host_processes: PathBuf,
}

impl Cgroups {
    /// Finds out what can be used here, and makes this launcher's own folders.
    pub(super) fn find(host: &Host) -> Self {
        let table = fs::read_to_string(host.path("/proc/self/cgroup")).unwrap_or_default();
        let mounts = fs::read_to_string(host.path("/proc/self/mounts")).unwrap_or_default();
        let own = folders::own_name();
        let mut reasons = Vec::new();
        let host_processes = host.path("/proc");
        match v2::parent(host, &table, &mounts, &own) {
            Ok(parent) => {
                let parents =
                    Controller::ALL.map(|controller| (controller, parent.clone())).to_vec();
                return Self { version: Version::V2, parents, reasons, made: 0, host_processes };
            }
            Err(reason) => {
                reasons.extend(Controller::ALL.map(|controller| (controller, reason.clone())));
            }
        }
        let mut parents = Vec::new();
        for controller in Controller::ALL {
            match v1::parent(host, &table, &mounts, controller, &own) {
                Ok(parent) => parents.push((controller, parent)),
                Err(reason) => reasons.push((controller, reason)),
            }
        }
        Self { version: Version::V1, parents, reasons, made: 0, host_processes }
    }

    pub(super) fn status(&self, controller: Controller) -> (Layer, LayerStatus) {
        let version = if self.version == Version::V1 { "cgroup v1" } else { "cgroup v2" };
        let status = if self.parents.iter().any(|(c, _)| *c == controller) {
            LayerStatus::Applied(version.into())
        } else {
            let reasons: Vec<_> = self
                .reasons
                .iter()
                .filter(|(c, _)| *c == controller)
                .map(|(_, reason)| reason.as_str())
                .collect();
            let reason = reasons.join(", ");
            match controller {
                Controller::Memory => LayerStatus::Weaker(format!(
                    "{reason}; a bound on each process's data stands in"
                )),
                Controller::Processes => {
                    LayerStatus::Weaker(format!("{reason}; a bound per user stands in"))
                }
                Controller::Cpu => {
                    LayerStatus::Weaker(format!("{reason}; the scheduler shares evenly"))
                }
            }
        };
        (controller.layer(), status)
    }

    pub(super) fn limits(&self, controller: Controller) -> bool {
        self.parents.iter().any(|(c, _)| *c == controller)
    }

    /// Makes the groups of one process.
    pub(super) fn create(&mut self, limits: &ResourceLimits) -> Result<Cgroup, Failure> {
        let mut cgroup = Cgroup { version: self.version, folders: Vec::new(), limits: *limits };
        self.made += 1;
        for (controller, parent) in &self.parents {
            if !self.version.counts(*controller, limits) {
                continue;
            }
            let folder = parent.join(self.made.to_string());
            let is_known = cgroup.folders.iter().any(|(_, known)| *known == folder);
            if !is_known {
                fs::create_dir(&folder)
                    .step(|| format!("create the cgroup {}", folder.display()))?;
            }
            cgroup.folders.push((*controller, folder));
            cgroup.set(*controller, limits)?;
        }
        Ok(cgroup)
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        for (_, parent) in &self.parents {
            // With version 2 the first removes it for all.
            let _ = fs::remove_dir(parent);
            // Members of a launcher's groups may have outlived it when its successor began.
            if let Some(all) = parent.parent() {
                folders::sweep_dead(&self.host_processes, all);
            }
        }
    }
}

struct Setting {
    file: &'static str,
    value: String,
    /// Absent from kernels built without swap accounting.
    is_optional: bool,
}

impl Setting {
    fn new(file: &'static str, value: &dyn std::fmt::Display) -> Self {
        Self { file, value: value.to_string(), is_optional: false }
    }

    fn optional(file: &'static str, value: &dyn std::fmt::Display) -> Self {
        Self { is_optional: true, ..Self::new(file, value) }
    }
}

fn cpu_quota(cpus: f64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a quota of microseconds, rounded"
    )]
    let quota = (cpus * CPU_PERIOD_US as f64) as u64;
    // The kernel's minimum is 1 ms.
    quota.max(1000)
}

/// `fs::write` would create the file if the control were missing.
fn write(file: &Path, value: &str) -> io::Result<()> {
    use std::io::Write;
    File::options().write(true).open(file)?.write_all(value.as_bytes())
}
