//! All that stands behind one function's name: `$LATEST`, and versions and aliases beside it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::{Alias, AliasName, FunctionVersion, Qualifier};

use crate::ceiling::Ceiling;
use crate::describe::Update;
use crate::version::Version;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) latest: Arc<Version>,
    /// What serves in its place until it has started.
    pub(crate) before: Option<Arc<Version>>,
    /// What most functions have none of.
    pub(super) beside: Option<Box<Beside>>,
}

#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) published: BTreeMap<u64, Arc<Version>>,
    pub(super) aliases: HashMap<AliasName, Alias>,
    pub(super) ceiling: Option<Arc<Ceiling>>,
}

impl Line {
    /// The version that serves an invocation; any random number decides where two share them.
    pub(crate) fn find(
        &self,
        qualifier: &Qualifier,
        random: impl FnOnce() -> u32,
    ) -> Option<&Arc<Version>> {
        match self.number(qualifier, |alias| alias.choose(random()))? {
            FunctionVersion::Latest => Some(self.before.as_ref().unwrap_or(&self.latest)),
            published => self.version(published),
        }
    }

    /// What people are told of: `$LATEST` as it was made last, and of an alias its own version, however few of its
    /// invocations that gets.
    pub(crate) fn shown(&self, qualifier: &Qualifier) -> Option<&Arc<Version>> {
        self.version(self.number(qualifier, |alias| alias.version)?)
    }

    fn number(
        &self,
        qualifier: &Qualifier,
        of_alias: impl FnOnce(&Alias) -> FunctionVersion,
    ) -> Option<FunctionVersion> {
        match qualifier {
            Qualifier::Version(version) => Some(*version),
            Qualifier::Alias(name) => self.beside.as_ref()?.aliases.get(name).map(of_alias),
        }
    }

    fn version(&self, version: FunctionVersion) -> Option<&Arc<Version>> {
        match version {
            FunctionVersion::Latest => Some(&self.latest),
            FunctionVersion::Published(number) => self.beside.as_ref()?.published.get(&number),
        }
    }

    pub(crate) fn update(&self) -> Update {
        if self.before.is_some() { Update::UnderWay } else { Update::Done }
    }

    pub(crate) fn ceiling(&self) -> Option<&Arc<Ceiling>> {
        self.beside.as_ref()?.ceiling.as_ref()
    }

    pub(crate) fn versions(&self) -> impl Iterator<Item = &Arc<Version>> {
        let published = self.beside.iter().flat_map(|beside| beside.published.values());
        self.before.iter().chain([&self.latest]).chain(published)
    }

    /// How many invocations may run at once.
    pub(crate) fn width(&self) -> usize {
        let most = match self.ceiling() {
            Some(ceiling) => ceiling.limit(),
            None => self.latest.function.concurrency,
        };
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }
}
