//! Tasks that move messages, and how far they are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Arn, Timestamp};

use super::QueueError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveState {
    Running,
    Cancelling,
    Cancelled,
    Completed,
    /// Why.
    Failed(String),
}

/// A task as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    pub handle: String,
    pub source: Arn,
    /// `None`: each message goes to the queue that gave it up.
    pub destination: Option<Arn>,
    /// Messages a second.
    pub rate: Option<u32>,
    pub state: MoveState,
    pub moved: u64,
    /// How many there were at the start.
    pub to_move: u64,
    pub started: Timestamp,
}

pub(crate) struct Task {
    /// As it began.
    told: MoveTask,
    state: Mutex<MoveState>,
    pub(crate) moved: AtomicU64,
}

impl Task {
    pub(crate) fn new(
        handle: String,
        source: &Arn,
        destination: Option<&Arn>,
        rate: Option<u32>,
        to_move: u64,
        started: Timestamp,
    ) -> Self {
        let (source, destination) = (source.clone(), destination.cloned());
        let state = MoveState::Running;
        let told =
            MoveTask { handle, source, destination, rate, state, moved: 0, to_move, started };
        Self { told, state: Mutex::new(MoveState::Running), moved: AtomicU64::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, MoveState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn source(&self) -> &Arn {
        &self.told.source
    }

    pub(crate) fn destination(&self) -> Option<&Arn> {
        self.told.destination.as_ref()
    }

    pub(crate) fn rate(&self) -> Option<u32> {
        self.told.rate
    }

    /// Whether it was running.
    pub(crate) fn cancel(&self) -> bool {
        let mut state = self.state();
        let was_running = *state == MoveState::Running;
        if was_running {
            *state = MoveState::Cancelling;
        }
        was_running
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        *self.state() == MoveState::Cancelling
    }

    pub(crate) fn end(&self, ended: MoveState) {
        *self.state() = ended;
    }

    fn is_active(&self) -> bool {
        matches!(*self.state(), MoveState::Running | MoveState::Cancelling)
    }

    fn tell(&self) -> MoveTask {
        let (state, moved) = (self.state().clone(), self.moved.load(Ordering::SeqCst));
        MoveTask { state, moved, ..self.told.clone() }
    }
}

/// By their start.
#[derive(Default)]
pub(crate) struct Moves(Vec<Arc<Task>>);

impl Moves {
    /// One at a time moves out of a queue.
    pub(crate) fn begin(&mut self, task: Arc<Task>, remembered: usize) -> Result<(), QueueError> {
        let source = task.source();
        if self.0.iter().any(|other| other.source() == source && other.is_active()) {
            let what = format!("a task moves the messages of `{source}` already; cancel it first");
            return Err(QueueError::Unsupported(what));
        }
        let earlier = self.0.iter().filter(|other| other.source() == source).count();
        if earlier >= remembered
            && let Some(oldest) = self.0.iter().position(|other| other.source() == source)
        {
            self.0.remove(oldest);
        }
        self.0.push(task);
        Ok(())
    }

    pub(crate) fn find(&self, handle: &str) -> Option<Arc<Task>> {
        self.0.iter().find(|task| task.told.handle == handle).cloned()
    }

    pub(crate) fn of(&self, source: &Arn, most: usize) -> Vec<MoveTask> {
        let tasks = self.0.iter().rev().filter(|task| task.source() == source);
        tasks.take(most).map(|task| task.tell()).collect()
    }
}
