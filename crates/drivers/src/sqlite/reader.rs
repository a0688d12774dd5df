//! The thread that reads, while the writer writes.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::mpsc;

use super::job::{Failed, Job};
use super::trouble::Trouble;

pub(super) fn start(
    connection: Connection,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    trouble: Arc<Trouble>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("store-reader".to_owned()).spawn(move || {
        while let Some(mut job) = jobs.blocking_recv() {
            let told = answer(&connection, &mut *job, &trouble);
            job.tell(told);
        }
    })
}

/// One transaction, so that a question of several statements sees one state.
fn answer(connection: &Connection, job: &mut dyn Job, trouble: &Trouble) -> Result<(), StoreError> {
    let run = |statement| connection.execute_batch(statement);
    run("BEGIN").map_err(|error| trouble.of_all(&error))?;
    let ran = job.run(connection);
    let ended = run("COMMIT").map_err(|error| trouble.of_all(&error));
    match ran {
        Ok(()) => ended,
        Err(Failed::Refused(why)) => Err(why),
        Err(Failed::Sqlite(error)) => Err(trouble.of_all(&error)),
    }
}
