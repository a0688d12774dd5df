//! Work on a connection, and somebody who waits for its outcome.

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::oneshot;

/// Why one piece of work failed.
#[derive(Debug)]
pub(super) enum Failed {
    Sqlite(rusqlite::Error),
    /// It must not be; the store itself is well.
    Refused(StoreError),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// When somebody is told the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Once a loss of power cannot undo it.
    Synced,
    /// Once the end of this process cannot undo it.
    Written,
}

/// What of a transaction is undone when one piece of work fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    Alone,
    /// It fails only where the others could not succeed either, and spares the cost of the other.
    WithAll,
}

/// What is done while there is nothing left but the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Takes,
    /// Or is next to nothing, and needed by those who make some.
    Makes,
}

/// [`Asked`], whatever its result is.
pub(super) trait Job: Send {
    /// Does the work and keeps its result.
    fn run(&mut self, connection: &Connection) -> Result<(), Failed>;

    fn told(&self) -> Told;

    fn undo(&self) -> Undo;

    fn room(&self) -> Room;

    /// The work alone was undone, or not done.
    fn refuse(&mut self, why: StoreError);

    /// Tells whoever waits: what the work gave, or what became of the transaction it was part of.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Asked<T, W> {
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    told: Told,
    undo: Undo,
    room: Room,
}

impl<T, W> Asked<T, W> {
    pub(super) fn new(
        work: W,
        reply: oneshot::Sender<Result<T, StoreError>>,
        (told, undo, room): (Told, Undo, Room),
    ) -> Self {
        Self { work: Some(work), result: None, reply, told, undo, room }
    }
}

impl<T, W> Job for Asked<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, Failed> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Failed> {
        if let Some(work) = self.work.take() {
            self.result = Some(Ok(work(connection)?));
        }
        Ok(())
    }

    fn told(&self) -> Told {
        self.told
    }

    fn undo(&self) -> Undo {
        self.undo
    }

    fn room(&self) -> Room {
        self.room
    }

    fn refuse(&mut self, why: StoreError) {
        self.result = Some(Err(why));
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = self.result.unwrap_or(Err(StoreError::Closed));
        // Whoever asked may have gone.
        let _ = self.reply.send(committed.and(result));
    }
}
