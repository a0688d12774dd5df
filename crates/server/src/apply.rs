//! Makes a stack the running state, or leaves everything as it was and says why.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use functions::Warming;
use gateway::Serving;
use model::{Cache, CacheName, CacheSource, Function, FunctionConfiguration, ResourceId, Stack};
use stack::change_set::ChangeSet;

use crate::event::{Event, Reporter};
use crate::platform::Platform;
use crate::processes::Started;
use crate::references::Known;
use crate::reload::Told;
use crate::trouble::Trouble;

/// What is to be applied, and how.
pub(crate) struct Order {
    pub(crate) wanted: Arc<Stack>,
    /// Which functions have to start before anything changes.
    pub(crate) warming: Warming,
    /// What AWS calls changed of these resources stays.
    pub(crate) left_alone: BTreeSet<ResourceId>,
    pub(crate) reporter: Arc<dyn Reporter>,
}

impl Platform {
    /// Processes and functions first, so that no route leads nowhere; what is gone is retired last. Whatever is
    /// refused is refused before anything is changed: processes start beside those they replace, functions change all together or not at all,
    /// and what the gateway accepts once it accepts again. Only while `applying` is held.
    pub(crate) async fn apply(&self, order: &Order) -> Result<ChangeSet, Trouble> {
        let wanted = &order.wanted;
        self.wanted.store(Arc::clone(wanted));
        let changes = self.changes_to(wanted);
        self.check(wanted).await?;
        if let (Some(tls), Some(files)) = (&self.tls, &wanted.listener.tls) {
            tls.reload(&files.certificate, &files.key).map_err(|e| Trouble::from(e.to_string()))?;
        }
        let before = self.filled.load_full();
        let is_gone = |f: &&Function| !wanted.functions.contains_key(&f.name);
        let leaving: Vec<_> = before.functions.values().filter(is_gone).collect();
        let caches = self.caches.prepare(wanted).await?;
        let known = Known {
            api: &self.addresses.api,
            account: &self.options.inputs.account,
            caches: &caches.addresses,
        };
        let filled = match self.replace(order, &known, &leaving).await {
            Ok(filled) => Arc::new(filled),
            Err(trouble) => {
                self.caches.dismiss(caches).await;
                return Err(trouble);
            }
        };
        if let Err(trouble) = self.caches.adopt(caches).await {
            order.reporter.report(&Event::from(trouble));
        }
        self.admission.bound_clients(NonZeroU32::new(wanted.listener.connections_per_client));
        self.stack.store(Arc::clone(wanted));
        self.filled.store(Arc::clone(&filled));
        if !leaving.is_empty() {
            // A save since then may have broken a function; the reload that follows says so, and
            // retires what is gone with the first good one.
            let functions = filled.functions.values();
            let _ = self.install(functions.map(|it| self.as_configured(it, order)), order).await;
        }
        Ok(changes)
    }

    /// What would be refused, found out without changing anything.
    pub(crate) async fn check(&self, wanted: &Stack) -> Result<(), Trouble> {
        self.refuse_unchangeable(&self.stack.load(), wanted)?;
        self.core.gateway.check(wanted)?;
        self.keys.check(wanted).await?;
        self.resources.check(wanted)
    }

    /// Puts processes, functions, keys and routes in the place of those before them, with what is
    /// known in the place of references.
    async fn replace(
        &self,
        order: &Order,
        known: &Known<'_>,
        leaving: &[&Function],
    ) -> Result<Stack, Trouble> {
        let filled = known.fill(&order.wanted)?;
        let started = self.processes.start(&filled, &*order.reporter).await?;
        let functions = filled.functions.values().chain(leaving.iter().copied());
        let functions = functions.map(|it| self.as_configured(it, order));
        if let Err(trouble) = self.install(functions, order).await {
            self.processes.dismiss(started).await;
            return Err(trouble);
        }
        match self.switch(order, &filled, &started).await {
            Ok(before) => {
                self.processes.adopt(started, &before);
                Ok(filled)
            }
            Err(trouble) => {
                self.processes.dismiss(started).await;
                self.put_back(order).await;
                Err(trouble)
            }
        }
    }

    /// Gives what the gateway served before.
    async fn switch(
        &self,
        order: &Order,
        filled: &Stack,
        started: &Started,
    ) -> Result<Serving, Trouble> {
        self.keys.apply(filled).await?;
        let notes = self.resources.apply(&order.wanted, &order.left_alone).await?;
        notes.into_iter().for_each(|note| order.reporter.report(&Event::Note { note }));
        let used = self.keys.used_before(&self.filled.load(), filled).await?;
        let before = self.core.gateway.serving();
        self.core.gateway.install(&started.place(filled))?;
        if let Err(error) = self.keys.carry_over(used).await {
            order.reporter.report(&Event::from(Trouble::from(error)));
        }
        if let Err(problem) = self.core.carry_pauses(self.clock.now()).await {
            order.reporter.report(&Event::from(problem));
        }
        Ok(before)
    }

    /// Functions, keys and resources as they were before a switch that failed half-way.
    async fn put_back(&self, order: &Order) {
        let (stack, filled) = (self.stack.load_full(), self.filled.load_full());
        let back = async {
            self.install(filled.functions.values().cloned(), order).await?;
            self.keys.apply(&filled).await?;
            self.resources.apply(&stack, &BTreeSet::new()).await
        };
        if let Err(trouble) = back.await {
            order.reporter.report(&Event::from(trouble));
        }
    }

    /// A function as AWS calls have it run, if that is left alone.
    fn as_configured(&self, function: &Function, order: &Order) -> Function {
        let id = ResourceId::of::<FunctionConfiguration>(&function.name);
        let all = self.resources.snapshot();
        let configuration = all.get::<FunctionConfiguration>(&function.name);
        let configuration = configuration.filter(|_| order.left_alone.contains(&id));
        configuration.map_or_else(|| function.clone(), |it| it.over(function))
    }

    /// Makes these the functions that exist.
    async fn install(
        &self,
        functions: impl Iterator<Item = Function>,
        order: &Order,
    ) -> Result<(), Trouble> {
        let functions: Vec<_> = functions.collect();
        let told = Told(Arc::clone(&order.reporter));
        let prepared = self.functions.prepare(&functions, &told).await?;
        let installed = self.functions.install_warm(prepared, order.warming, &told).await;
        if installed.failed.is_empty() { Ok(()) } else { Err(Trouble::from(installed.failed)) }
    }

    /// Sockets are opened once; whether they speak TLS cannot change under their connections. What is
    /// counted in one store is not known in another. A cache lets in those that it serves until what
    /// takes their place has started, which would need to be let in as well.
    fn refuse_unchangeable(&self, current: &Stack, wanted: &Stack) -> Result<(), Trouble> {
        let (place, restart) = self.options.source.shown();
        if current.limits_store != wanted.limits_store {
            return Err(Trouble::from(format!(
                "{place}: a running server cannot count in another `limits_store`; {restart}"
            )));
        }
        if let Some(cache) = with_another_password(current, wanted) {
            return Err(Trouble::from(format!(
                "{place}: a running server cannot change whether cache `{cache}` has a `password`; {restart}"
            )));
        }
        if current.listener.tls.is_some() == wanted.listener.tls.is_some() {
            return Ok(());
        }
        let turn = if wanted.listener.tls.is_some() { "on" } else { "off" };
        Err(Trouble::from(format!("{place}: a running server cannot turn TLS {turn}; {restart}")))
    }
}

/// A cache that would be reached with a password, and was without, or the other way round.
fn with_another_password<'a>(current: &Stack, wanted: &'a Stack) -> Option<&'a CacheName> {
    let asks = |cache: &Cache| match &cache.source {
        CacheSource::Managed(cache) => Some(cache.password),
        CacheSource::Elsewhere(_) => None,
    };
    let differs = |before: &Cache, now: &Cache| {
        asks(before).zip(asks(now)).is_some_and(|(before, now)| before != now)
    };
    let mut caches = wanted.caches.iter();
    let found = caches
        .find(|(name, now)| current.caches.get(*name).is_some_and(|before| differs(before, now)));
    found.map(|(name, _)| name)
}
