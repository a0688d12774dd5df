//! Which layers of isolation this machine offers, and what to do about those it does not.

use std::fmt;

use model::SandboxMode;

use crate::Filesystem;

/// One layer of isolation. Together they make the sandbox; each is probed on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    UserNamespace,
    /// A root of its own with read-only binds.
    MountNamespace,
    PidNamespace,
    /// A fresh `/proc` that shows only the sandbox.
    Proc,
    IpcNamespace,
    UtsNamespace,
    NoNewPrivileges,
    Seccomp,
    Landlock,
    MemoryLimit,
    ProcessLimit,
    CpuLimit,
}

impl Layer {
    pub const ALL: [Self; 12] = [
        Self::UserNamespace,
        Self::MountNamespace,
        Self::PidNamespace,
        Self::Proc,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::NoNewPrivileges,
        Self::Seccomp,
        Self::Landlock,
        Self::MemoryLimit,
        Self::ProcessLimit,
        Self::CpuLimit,
    ];

    pub(crate) fn index(self) -> u8 {
        self as u8
    }

    fn title(self) -> &'static str {
        match self {
            Self::UserNamespace => "user namespace",
            Self::MountNamespace => "mount namespace",
            Self::PidNamespace => "pid namespace",
            Self::Proc => "private /proc",
            Self::IpcNamespace => "ipc namespace",
            Self::UtsNamespace => "uts namespace",
            Self::NoNewPrivileges => "no_new_privs",
            Self::Seccomp => "seccomp",
            Self::Landlock => "landlock",
            Self::MemoryLimit => "memory limit",
            Self::ProcessLimit => "process limit",
            Self::CpuLimit => "cpu limit",
        }
    }

    /// What makes the layer available.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::UserNamespace
            | Self::MountNamespace
            | Self::PidNamespace
            | Self::IpcNamespace
            | Self::UtsNamespace => {
                "allow unprivileged user namespaces (`sysctl kernel.unprivileged_userns_clone=1`, \
                 `user.max_user_namespaces=15000`, on Ubuntu \
                 `kernel.apparmor_restrict_unprivileged_userns=0`) or run as root"
            }
            Self::Proc => {
                "unmask /proc (in a container: `--security-opt systempaths=unconfined`) or run as root"
            }
            Self::NoNewPrivileges => "use Linux 3.5 or later",
            Self::Seccomp => "use a kernel built with CONFIG_SECCOMP_FILTER",
            Self::Landlock => {
                "use Linux 5.13 or later with `landlock` in its `lsm=` boot parameter"
            }
            Self::MemoryLimit | Self::ProcessLimit | Self::CpuLimit => {
                "run as root or under `systemd-run --user --scope -p Delegate=yes`"
            }
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// What probing a layer found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "status", content = "detail")]
pub enum LayerStatus {
    /// Applied; how, where there is a choice (`cgroup v1`, `abi 7`).
    Applied(String),
    /// A weaker mechanism stands in: which, and why.
    Weaker(String),
    /// Cannot be applied: why.
    Unavailable(String),
}

/// Every layer's status on this machine, probed once when the launcher starts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Capabilities {
    layers: Vec<(Layer, LayerStatus)>,
}

impl Capabilities {
    pub(crate) fn new(layers: Vec<(Layer, LayerStatus)>) -> Self {
        Self { layers }
    }

    pub fn layers(&self) -> impl Iterator<Item = (Layer, &LayerStatus)> {
        self.layers.iter().map(|(layer, status)| (*layer, status))
    }

    /// A layer that was never probed counts as unavailable.
    pub fn has(&self, layer: Layer) -> bool {
        self.layers()
            .any(|(l, status)| l == layer && !matches!(status, LayerStatus::Unavailable(_)))
    }

    /// Which files a process started in `mode` sees.
    pub fn filesystem(&self, mode: SandboxMode) -> Filesystem {
        if mode != SandboxMode::Off && self.has(Layer::MountNamespace) {
            Filesystem::Private
        } else {
            Filesystem::Host
        }
    }

    /// Whether processes may start in `mode`. `Ok` lists what is missing or weaker, to be printed;
    /// [`SandboxMode::Required`] tolerates a weaker layer but no missing one.
    pub fn check(&self, mode: SandboxMode) -> Result<Vec<Missing>, MissingLayers> {
        if mode == SandboxMode::Off {
            return Ok(Vec::new());
        }
        let missing: Vec<Missing> = self.layers().filter_map(Missing::of).collect();
        if mode == SandboxMode::Required && missing.iter().any(|m| !m.weaker) {
            return Err(MissingLayers(missing.into_iter().filter(|m| !m.weaker).collect()));
        }
        Ok(missing)
    }
}

/// A layer that is missing or has a weaker stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub layer: Layer,
    pub reason: String,
    /// Something stands in for it.
    pub weaker: bool,
}

impl Missing {
    fn of((layer, status): (Layer, &LayerStatus)) -> Option<Self> {
        match status {
            LayerStatus::Applied(_) => None,
            LayerStatus::Weaker(reason) => {
                Some(Self { layer, reason: reason.clone(), weaker: true })
            }
            LayerStatus::Unavailable(reason) => {
                Some(Self { layer, reason: reason.clone(), weaker: false })
            }
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.weaker { "is weaker" } else { "is not available" };
        write!(f, "{} {verb}: {}; {}", self.layer, self.reason, self.layer.remedy())
    }
}

/// `sandbox: required` cannot be honoured here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingLayers(pub Vec<Missing>);

impl std::error::Error for MissingLayers {}

impl fmt::Display for MissingLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this machine cannot isolate functions as `sandbox: required` asks")?;
        for missing in &self.0 {
            write!(f, "\n  {missing}")?;
        }
        f.write_str("\nor set `sandbox: best-effort` to run with what there is")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(landlock: LayerStatus) -> Capabilities {
        Capabilities::new(vec![
            (Layer::MountNamespace, LayerStatus::Applied(String::new())),
            (
                Layer::MemoryLimit,
                LayerStatus::Weaker("no cgroup is writable, rlimits stand in".into()),
            ),
            (Layer::Landlock, landlock),
        ])
    }

    #[test]
    fn required_names_the_missing_layer_the_reason_and_the_way_out() {
        let machine = machine(LayerStatus::Unavailable("the kernel has no landlock".into()));
        let refused = machine.check(SandboxMode::Required).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "this machine cannot isolate functions as `sandbox: required` asks\n  \
             landlock is not available: the kernel has no landlock; use Linux 5.13 or later with \
             `landlock` in its `lsm=` boot parameter\n\
             or set `sandbox: best-effort` to run with what there is"
        );
        assert_eq!(machine.check(SandboxMode::BestEffort).unwrap().len(), 2);
        assert_eq!(machine.check(SandboxMode::Off).unwrap(), []);
    }

    #[test]
    fn required_accepts_a_weaker_layer_and_reports_it() {
        let found =
            machine(LayerStatus::Applied("abi 7".into())).check(SandboxMode::Required).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].weaker);
    }

    #[test]
    fn switched_off_functions_see_the_host() {
        let machine = machine(LayerStatus::Applied(String::new()));
        assert_eq!(machine.filesystem(SandboxMode::Off), Filesystem::Host);
        assert_eq!(machine.filesystem(SandboxMode::Required), Filesystem::Private);
    }
}
