//! Makes what the manifest says the running state, at the start and on every save.

mod fingerprint;
mod follow;
mod watch;

use std::num::NonZeroU32;
use std::sync::Arc;

use functions::Progress;
use model::{Function, FunctionName, Stack};
use stack::change_set::{self, ChangeSet};

use crate::debugging;
use crate::event::{Event, Reporter};
use crate::platform::Platform;
use crate::references::Known;
use crate::trouble::Trouble;

pub(crate) use follow::{Following, follow};

/// What a reload did.
#[derive(Debug)]
pub(crate) struct Reloaded {
    pub(crate) changes: ChangeSet,
    pub(crate) took_ms: u64,
}

/// Tells the reporter what preparation is doing.
pub(crate) struct Told(pub(crate) Arc<dyn Reporter>);

impl Progress for Told {
    fn step(&self, function: &FunctionName, text: &str) {
        let (function, message) = (function.to_string(), text.to_owned());
        self.0.report(&Event::Building { function, message });
    }

    fn output(&self, function: &FunctionName, line: &str) {
        self.step(function, line);
    }
}

impl Platform {
    /// Reads the manifest off the thread that serves the admin port.
    pub(crate) async fn read(&self) -> Result<Stack, Trouble> {
        let (manifest, inputs) = (self.options.manifest.clone(), self.options.inputs.clone());
        let read = tokio::task::spawn_blocking(move || stack::read(&manifest, &inputs)).await;
        let read = match read {
            Ok(read) => read.map_err(|problems| Trouble::of(&problems, self.options.look)),
            Err(panic) => Err(Trouble::from(format!("reading the manifest failed: {panic}"))),
        };
        let mut stack = read?;
        debugging::wait_for(self.options.debugger.as_ref(), &mut stack)?;
        Ok(stack)
    }

    /// Takes note of what the manifest asks for, if that can be read; the reload says if not.
    pub(crate) async fn note_wanted(&self) {
        if let Ok(wanted) = self.read().await {
            self.wanted.store(Arc::new(wanted));
        }
    }

    /// What a reload would change.
    pub(crate) async fn changes(&self) -> Result<ChangeSet, Trouble> {
        let wanted = self.read().await?;
        Ok(self.changes_to(&wanted))
    }

    /// What AWS calls changed counts as it is, so that applying the manifest again sets it back.
    fn changes_to(&self, wanted: &Stack) -> ChangeSet {
        let applied = self.stack.load();
        let running = self.resources.as_running(&applied, wanted);
        change_set::with_drift(&applied, &running, wanted)
    }

    /// Applies the manifest as it is now, and says what came of it. On trouble the state before
    /// keeps running. `saved` names functions and processes whose code changed under the same settings.
    pub(crate) async fn reload(&self, saved: &[String]) -> Result<Reloaded, Trouble> {
        let _turn = self.applying.lock().await;
        let began = self.clock.moment();
        let applied = self.apply().await;
        let took = self.clock.moment().since(began).as_millis();
        let took_ms = u64::try_from(took).unwrap_or(u64::MAX);
        match applied {
            Ok(changes) => {
                let mut lines = lines(&changes);
                lines.extend(saved.iter().map(|whose| format!("~ code of {whose}")));
                self.report(&Event::Reload { changes: lines, took_ms });
                Ok(Reloaded { changes, took_ms })
            }
            Err(trouble) => {
                self.report(&Event::from(trouble.clone()));
                Err(trouble)
            }
        }
    }

    /// Processes and functions first, so that no route leads nowhere; what is gone is retired last. Whatever is
    /// refused is refused before anything is changed: processes start beside those they replace, functions change all together or not at all,
    /// and what the gateway accepts once it accepts again.
    async fn apply(&self) -> Result<ChangeSet, Trouble> {
        let wanted = Arc::new(self.read().await?);
        self.wanted.store(Arc::clone(&wanted));
        let current = self.stack.load_full();
        let changes = self.changes_to(&wanted);
        self.refuse_unchangeable(&current, &wanted)?;
        self.core.gateway.check(&wanted)?;
        self.keys.check(&wanted).await?;
        self.resources.check(&wanted)?;
        if let (Some(tls), Some(files)) = (&self.tls, &wanted.listener.tls) {
            tls.reload(&files.certificate, &files.key).map_err(|e| Trouble::from(e.to_string()))?;
        }
        let before = self.filled.load_full();
        let is_gone = |f: &&Function| !wanted.functions.contains_key(&f.name);
        let leaving: Vec<_> = before.functions.values().filter(is_gone).collect();
        let caches = self.caches.prepare(&wanted).await?;
        let known = Known { api: &self.addresses.api, caches: &caches.addresses };
        let filled = match self.replace(&wanted, &known, &leaving).await {
            Ok(filled) => Arc::new(filled),
            Err(trouble) => {
                self.caches.dismiss(caches).await;
                return Err(trouble);
            }
        };
        if let Err(trouble) = self.caches.adopt(caches).await {
            self.report(&Event::from(trouble));
        }
        self.admission.bound_clients(NonZeroU32::new(wanted.listener.connections_per_client));
        self.stack.store(Arc::clone(&wanted));
        self.filled.store(Arc::clone(&filled));
        if !leaving.is_empty() {
            // A save since then may have broken a function; the reload that follows says so, and
            // retires what is gone with the first good one.
            let _ = self.install(filled.functions.values()).await;
        }
        Ok(changes)
    }

    /// Puts processes, functions, keys and routes in the place of those before them, with what is
    /// known in the place of references.
    async fn replace(
        &self,
        wanted: &Stack,
        known: &Known<'_>,
        leaving: &[&Function],
    ) -> Result<Stack, Trouble> {
        let filled = known.fill(wanted)?;
        let started = self.processes.start(&filled, &*self.reporter).await?;
        let functions = filled.functions.values().chain(leaving.iter().copied());
        if let Err(trouble) = self.install(functions).await {
            self.processes.dismiss(started).await;
            return Err(trouble);
        }
        if let Err(error) = self.keys.apply(&filled).await {
            self.processes.dismiss(started).await;
            return Err(error.into());
        }
        match self.resources.apply(wanted).await {
            Ok(notes) => notes.into_iter().for_each(|note| self.report(&Event::Note { note })),
            Err(trouble) => {
                self.processes.dismiss(started).await;
                return Err(trouble);
            }
        }
        let before = self.core.gateway.serving();
        if let Err(error) = self.core.gateway.install(&started.place(&filled)) {
            self.processes.dismiss(started).await;
            return Err(error.into());
        }
        self.processes.adopt(started, &before);
        Ok(filled)
    }

    /// Makes these the functions that exist.
    async fn install(&self, functions: impl Iterator<Item = &Function>) -> Result<(), Trouble> {
        let functions: Vec<_> = functions.cloned().collect();
        let prepared =
            self.functions.prepare(&functions, &Told(Arc::clone(&self.reporter))).await?;
        let installed = self.functions.install(prepared).await;
        if installed.failed.is_empty() { Ok(()) } else { Err(Trouble::from(installed.failed)) }
    }

    /// Sockets are opened once; whether they speak TLS cannot change under their connections. What is
    /// counted in one store is not known in another.
    fn refuse_unchangeable(&self, current: &Stack, wanted: &Stack) -> Result<(), Trouble> {
        if current.limits_store != wanted.limits_store {
            return Err(Trouble::from(format!(
                "{}: a running server cannot count in another `limits_store`; stop it and run `tidegate up` again",
                self.options.manifest.display()
            )));
        }
        if current.listener.tls.is_some() == wanted.listener.tls.is_some() {
            return Ok(());
        }
        let turn = if wanted.listener.tls.is_some() { "on" } else { "off" };
        Err(Trouble::from(format!(
            "{}: a running server cannot turn TLS {turn}; stop it and run `tidegate up` again",
            self.options.manifest.display()
        )))
    }
}

/// One line per change, as `tidegate check` prints them.
fn lines(changes: &ChangeSet) -> Vec<String> {
    if changes.is_empty() {
        return Vec::new();
    }
    changes.to_string().lines().map(str::to_owned).collect()
}
