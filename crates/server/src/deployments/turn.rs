//! One deployment at a time; who comes meanwhile is told whom it waits for.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Shorter waits are not worth a word.
const PATIENCE: Duration = Duration::from_millis(300);

/// Held while something is being deployed or destroyed.
#[derive(Default)]
pub(super) struct Turns {
    turn: tokio::sync::Mutex<()>,
    /// What is under way: "`shop`, deployed by ada@laptop".
    under_way: Mutex<Option<String>>,
}

pub(super) struct Turn<'a> {
    turns: &'a Turns,
    _held: tokio::sync::MutexGuard<'a, ()>,
}

impl Turns {
    /// Waits for the turn. `told` hears of what is waited for, if that takes a while.
    pub(super) async fn take(&self, what: String, told: impl FnOnce(&str)) -> Turn<'_> {
        let mut turn = pin!(self.turn.lock());
        let held = match tokio::time::timeout(PATIENCE, &mut turn).await {
            Ok(held) => held,
            Err(_) => {
                told(self.under_way().as_deref().unwrap_or("another change"));
                turn.await
            }
        };
        *self.under_way() = Some(what);
        Turn { turns: self, _held: held }
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.turns.under_way() = None;
    }
}
