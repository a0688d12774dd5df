//! Puts together what there is: the functions of the stack, those that AWS calls made, their
//! published versions, and what is set about them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use model::{Alias, Bound, FunctionName, FunctionVersion, ProvisionedConcurrency, Qualifier};
use model::{SandboxMode, invoke::InvokeRefusal};

use super::line::{Beside, Line};
use super::takeover::Takeovers;
use super::{Functions, Lines};
use crate::ceiling::Ceiling;
use crate::version::Version;

/// What is set about functions beside their code.
#[derive(Debug, Clone, Default)]
pub struct Arrangement {
    pub aliases: Vec<Alias>,
    /// Most invocations at once, by function.
    pub reserved: BTreeMap<FunctionName, u32>,
    pub provisioned: Vec<ProvisionedConcurrency>,
}

/// Who decides that a function exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Stack,
    /// `CreateFunction`.
    Made,
    Published,
}

pub(super) type Versions = HashMap<(FunctionName, FunctionVersion), Arc<Version>>;

/// What [`Line`]s are made of.
#[derive(Debug, Default)]
pub(super) struct Parts {
    stack: Versions,
    made: Versions,
    published: Versions,
    pub(super) takeovers: Takeovers,
    arrangement: Arrangement,
    ceilings: HashMap<FunctionName, Arc<Ceiling>>,
}

impl Parts {
    pub(super) fn group(&mut self, group: Group) -> &mut Versions {
        match group {
            Group::Stack => &mut self.stack,
            Group::Made => &mut self.made,
            Group::Published => &mut self.published,
        }
    }

    /// The stack's functions win over those of their names that were made otherwise.
    fn lines(&mut self) -> Lines {
        let mut lines = Lines::default();
        let all = self.made.iter().chain(&self.stack);
        for ((name, _), version) in all {
            let before = self.takeovers.serving(version).cloned();
            let line = Line { latest: Arc::clone(version), before, beside: None };
            lines.insert(name.clone(), line);
        }
        self.takeovers.retain(|by| {
            lines.get(&by.function.name).is_some_and(|line| Arc::ptr_eq(&line.latest, by))
        });
        for ((name, number), version) in &self.published {
            let FunctionVersion::Published(number) = *number else { continue };
            if let Some(beside) = beside(&mut lines, name) {
                beside.published.insert(number, Arc::clone(version));
            }
        }
        for alias in &self.arrangement.aliases {
            if let Some(beside) = beside(&mut lines, &alias.function) {
                beside.aliases.insert(alias.name.clone(), alias.clone());
            }
        }
        for (name, limit) in &self.arrangement.reserved {
            // What runs already goes on counting.
            let ceiling = self.ceilings.entry(name.clone());
            let ceiling =
                ceiling.or_insert_with(|| Arc::new(Ceiling::new(Bound::Function, *limit)));
            ceiling.set_limit(*limit);
            if let Some(beside) = beside(&mut lines, name) {
                beside.ceiling = Some(Arc::clone(ceiling));
            }
        }
        lines
    }

    /// What is reserved for nobody.
    fn unreserved(&self, account: u32) -> u32 {
        self.arrangement.reserved.values().fold(account, |left, one| left.saturating_sub(*one))
    }

    /// Tells every version how many environments it may have, and how many it must.
    fn tell(&self, lines: &Lines) {
        for line in lines.values() {
            for version in line.versions() {
                let reserved = line.ceiling().map(|ceiling| ceiling.limit());
                version.bound(reserved.unwrap_or(version.function.concurrency));
                version.keep_ready(0);
            }
        }
        for provisioned in &self.arrangement.provisioned {
            let line = lines.get(&provisioned.function);
            let version = line.and_then(|line| line.shown(&provisioned.qualifier));
            if let Some(version) = version {
                version.keep_ready(provisioned.environments);
            }
        }
    }
}

fn beside<'a>(lines: &'a mut Lines, name: &FunctionName) -> Option<&'a mut Beside> {
    let line = lines.get_mut(name)?;
    Some(&mut **line.beside.get_or_insert_default())
}

impl Functions {
    /// Makes this what is set about functions, until it is set again.
    pub fn arrange(&self, arrangement: Arrangement) {
        self.change(|parts| parts.arrangement = arrangement);
        self.sweep();
    }

    /// How many environments of a version or alias are ready or busy, of those that should be kept.
    pub fn ready(&self, function: &FunctionName, qualifier: &Qualifier) -> Option<Ready> {
        let lines = self.lines.load();
        let version = lines.get(function)?.shown(qualifier)?;
        let counts = version.counts();
        let failure = version.status().failure;
        Some(Ready { environments: counts.idle + counts.busy, failure })
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut parts);
        let unreserved = parts.unreserved(self.platform.settings.account_concurrency);
        self.unreserved.set_limit(unreserved);
        let lines = Arc::new(parts.lines());
        parts.tell(&lines);
        if let Some(version) = lines
            .values()
            .map(|line| &line.latest)
            .find(|it| it.function.sandbox != SandboxMode::Off && it.trouble.is_none())
        {
            self.platform.starter.expect(&version.program);
        }
        let previous = self.lines.swap(Arc::clone(&lines));
        let stays = |version: &Arc<Version>| {
            let line = lines.get(&version.function.name);
            line.is_some_and(|line| line.versions().any(|kept| Arc::ptr_eq(kept, version)))
        };
        let before = previous.values().flat_map(Line::versions);
        self.retire(before.filter(|version| !stays(version)).cloned().collect::<Vec<_>>());
    }

    /// What an invocation would run. Refused while the server stops, too.
    pub(crate) fn find(
        &self,
        function: &FunctionName,
        qualifier: &Qualifier,
    ) -> Result<Found, InvokeRefusal> {
        self.refuse_while_stopping()?;
        let lines = self.lines.load();
        let line = lines.get(function).ok_or_else(|| InvokeRefusal::NotFound(function.clone()))?;
        let version = line.find(qualifier, || fastrand::u32(..));
        let version = version.ok_or_else(|| InvokeRefusal::NoSuchVersion {
            function: function.clone(),
            qualifier: qualifier.clone(),
        })?;
        Ok(Found {
            version: Arc::clone(version),
            ceiling: Arc::clone(line.ceiling().unwrap_or(&self.unreserved)),
        })
    }
}

/// A version, and what bounds it together with others.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) version: Arc<Version>,
    pub(crate) ceiling: Arc<Ceiling>,
}

/// Environments that exist for provisioned concurrency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub environments: usize,
    /// Why the last one did not start.
    pub failure: Option<String>,
}
