//! Limits that hold for a process and all its descendants together: cgroups, version 2 where its
//! controllers are in use, else version 1.

mod v1;
mod v2;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::failure::{Failure, Step};
use super::paths::Host;
use crate::{Layer, LayerStatus, ResourceLimits};

/// The bandwidth period Linux uses unless told otherwise.
const CPU_PERIOD_US: u64 = 100_000;
const PREFIX: &str = "tidegate-";

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
        let own = format!("{PREFIX}{}", std::process::id());
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
                sweep_dead(&self.host_processes, all);
            }
        }
    }
}

/// The groups of one process; removed when dropped, which needs every process in them to be gone.
#[derive(Debug)]
pub(super) struct Cgroup {
    version: Version,
    folders: Vec<(Controller, PathBuf)>,
    /// Those in force.
    limits: ResourceLimits,
}

impl Cgroup {
    fn folder(&self, controller: Controller) -> Option<&Path> {
        self.folders.iter().find(|(c, _)| *c == controller).map(|(_, folder)| folder.as_path())
    }

    /// Whether [`Self::apply`] can apply these: what counts a process is decided before it begins.
    pub(super) fn suits(&self, limits: &ResourceLimits) -> bool {
        Controller::ALL.into_iter().all(|controller| {
            self.version.counts(controller, limits) == self.version.counts(controller, &self.limits)
        })
    }

    /// Changes the limits. Mostly they are in force already, because groups are made with the limits that
    /// were asked for last.
    pub(super) fn apply(&mut self, limits: &ResourceLimits) -> Result<(), Failure> {
        if self.limits == *limits {
            return Ok(());
        }
        self.limits = *limits;
        Controller::ALL.into_iter().try_for_each(|controller| self.set(controller, limits))
    }

    fn set(&self, controller: Controller, limits: &ResourceLimits) -> Result<(), Failure> {
        let Some(folder) = self.folder(controller) else { return Ok(()) };
        let settings = match self.version {
            Version::V1 => v1::settings(controller, limits),
            Version::V2 => v2::settings(controller, limits),
        };
        for setting in settings {
            let file = folder.join(setting.file);
            match write(&file, &setting.value) {
                Err(error) if setting.is_optional && error.kind() == io::ErrorKind::NotFound => {}
                outcome => {
                    outcome.step(|| format!("write {} to {}", setting.value, file.display()))?;
                }
            }
        }
        Ok(())
    }

    /// Where a process joins by writing `0`, opened before it gives up its rights.
    pub(super) fn entrances(&self) -> Result<Vec<File>, Failure> {
        let mut files = Vec::new();
        for (n, (_, folder)) in self.folders.iter().enumerate() {
            if self.folders[..n].iter().any(|(_, earlier)| earlier == folder) {
                continue;
            }
            let path = folder.join("cgroup.procs");
            files.push(
                File::options()
                    .write(true)
                    .open(&path)
                    .step(|| format!("open {}", path.display()))?,
            );
        }
        Ok(files)
    }

    /// As the server sees it.
    pub(super) fn memory_peak_file(&self) -> Option<PathBuf> {
        let name = match self.version {
            Version::V1 => "memory.max_usage_in_bytes",
            Version::V2 => "memory.peak",
        };
        let file = self.folder(Controller::Memory)?.join(name);
        // `memory.peak` came with Linux 5.19.
        file.exists().then_some(file)
    }

    pub(super) fn memory_peak(&self) -> Option<u64> {
        fs::read_to_string(self.memory_peak_file()?).ok()?.trim().parse().ok()
    }

    pub(super) fn has_run_out_of_memory(&self) -> bool {
        let Some(folder) = self.folder(Controller::Memory) else { return false };
        let name = match self.version {
            Version::V1 => "memory.oom_control",
            Version::V2 => "memory.events",
        };
        let events = fs::read_to_string(folder.join(name)).unwrap_or_default();
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|kills| kills.trim() != "0")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for (_, folder) in &self.folders {
            // What is left is swept when the next launcher starts.
            let _ = fs::remove_dir(folder);
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

/// Makes this launcher's folder and removes those that launchers killed earlier have left.
fn own_folder(host: &Host, parent: &Path, own: &str) -> io::Result<PathBuf> {
    sweep_dead(&host.path("/proc"), parent);
    let folder = parent.join(own);
    match fs::create_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(folder),
        outcome => outcome.map(|()| folder),
    }
}

/// Removes the folders of launchers that are gone.
fn sweep_dead(processes: &Path, parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if pid.parse::<u32>().is_ok() && !processes.join(pid).exists() {
            sweep(&entry.path());
        }
    }
}

/// Fails harmlessly while a process is still in it.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            sweep(&entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_reused_only_for_what_counts_it() {
        let unlimited = ResourceLimits::default();
        let limited = ResourceLimits { cpus: Some(0.5), ..unlimited };
        let group = |version, limits| Cgroup { version, folders: Vec::new(), limits };
        assert!(group(Version::V1, limited).suits(&limited));
        assert!(!group(Version::V1, limited).suits(&unlimited));
        assert!(!group(Version::V1, unlimited).suits(&limited));
        assert!(group(Version::V2, unlimited).suits(&limited));
    }
}
