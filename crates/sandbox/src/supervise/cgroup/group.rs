//! The groups that one process and its descendants are counted in.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Controller, Version, v1, v2, write};
use crate::ResourceLimits;
use crate::supervise::failure::{Failure, Step};

/// The groups of one process; removed when dropped, which needs every process in them to be gone.
#[derive(Debug)]
pub(in crate::supervise) struct Cgroup {
    pub(super) version: Version,
    pub(super) folders: Vec<(Controller, PathBuf)>,
    /// Those in force.
    pub(super) limits: ResourceLimits,
}

impl Cgroup {
    fn folder(&self, controller: Controller) -> Option<&Path> {
        self.folders.iter().find(|(c, _)| *c == controller).map(|(_, folder)| folder.as_path())
    }

    /// Whether [`Self::apply`] can apply these: what counts a process is decided before it begins.
    pub(in crate::supervise) fn suits(&self, limits: &ResourceLimits) -> bool {
        Controller::ALL.into_iter().all(|controller| {
            self.version.counts(controller, limits) == self.version.counts(controller, &self.limits)
        })
    }

    /// Changes the limits. Mostly they are in force already, because groups are made with the limits that
    /// were asked for last.
    pub(in crate::supervise) fn apply(&mut self, limits: &ResourceLimits) -> Result<(), Failure> {
        if self.limits == *limits {
            return Ok(());
        }
        self.limits = *limits;
        Controller::ALL.into_iter().try_for_each(|controller| self.set(controller, limits))
    }

    pub(super) fn set(
        &self,
        controller: Controller,
        limits: &ResourceLimits,
    ) -> Result<(), Failure> {
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

    /// Where a process of one thread joins by writing `0`, opened before it gives up its rights.
    pub(in crate::supervise) fn entrances(&self) -> Result<Vec<File>, Failure> {
        let name = match self.version {
            // To move whole processes, the kernel first waits until none is forking, some 15 ms.
            Version::V1 => "tasks",
            Version::V2 => "cgroup.procs",
        };
        let mut files = Vec::new();
        for (n, (_, folder)) in self.folders.iter().enumerate() {
            if self.folders[..n].iter().any(|(_, earlier)| earlier == folder) {
                continue;
            }
            let path = folder.join(name);
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
    pub(in crate::supervise) fn memory_peak_file(&self) -> Option<PathBuf> {
        let name = match self.version {
            Version::V1 => "memory.max_usage_in_bytes",
            Version::V2 => "memory.peak",
        };
        let file = self.folder(Controller::Memory)?.join(name);
        // `memory.peak` came with Linux 5.19.
        file.exists().then_some(file)
    }

    pub(in crate::supervise) fn memory_peak(&self) -> Option<u64> {
        fs::read_to_string(self.memory_peak_file()?).ok()?.trim().parse().ok()
    }

    pub(in crate::supervise) fn has_run_out_of_memory(&self) -> bool {
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
