//! What a program may touch, said a second time in terms that hold even if a mount were wrong.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use super::failure::Failure;
use super::paths::path_of;
use crate::Access;
use crate::message::BindRequest;

/// The newest Landlock this code knows; an older kernel enforces what it has.
const LANDLOCK: ABI = ABI::V6;
/// Read and run, nothing more.
const READABLE: [&str; 12] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc",
    "/opt",
    "/var",
];

/// Rules being made; they bind nobody until they are complete.
pub(super) struct Rules {
    rules: RulesetCreated,
}

impl Rules {
    /// What every program may touch.
    pub(super) fn begin() -> Result<Self, Failure> {
        shared_rules().map(|rules| Self { rules }).map_err(|error| landlock_failure(&error))
    }

    /// Adds the program's own folders, which are mounted by now, and binds this process.
    pub(super) fn complete(
        self,
        binds: &[BindRequest<'_>],
        are_mounted: bool,
    ) -> Result<(), Failure> {
        own_rules(self.rules, binds, are_mounted)
            .and_then(RulesetCreated::restrict_self)
            .map(drop)
            .map_err(|error| landlock_failure(&error))
    }
}

fn shared_rules() -> Result<RulesetCreated, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    for path in READABLE {
        rules = allow(rules, Path::new(path), AccessFs::from_read(LANDLOCK))?;
    }
    let file_write = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir;
    rules = allow(rules, Path::new("/proc"), file_write)?;
    allow(rules, Path::new("/dev"), file_write | AccessFs::IoctlDev)
}

fn own_rules(
    mut rules: RulesetCreated,
    binds: &[BindRequest<'_>],
    are_mounted: bool,
) -> Result<RulesetCreated, RulesetError> {
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock;
    let write = AccessFs::from_all(LANDLOCK) & !devices;
    rules = allow(rules, Path::new("/tmp"), write)?;
    for folder in binds {
        let seen = if are_mounted { folder.target } else { folder.source };
        let access = match folder.access {
            Access::ReadOnly => AccessFs::from_read(LANDLOCK),
            Access::ReadWrite => write,
        };
        rules = allow(rules, path_of(seen), access)?;
    }
    Ok(rules)
}

/// A path that does not exist needs no rule; for a file only what applies to files is kept.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(LANDLOCK) };
    rules.add_rule(PathBeneath::new(opened, access))
}

fn landlock_failure(error: &RulesetError) -> Failure {
    Failure { step: format!("restrict itself with landlock ({error})"), errno: libc::EINVAL }
}
