//! Appends records to files, away from the request path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use super::{FunctionLog, Logs};

/// How long a record may stay in memory only.
const INTERVAL: Duration = Duration::from_millis(200);
/// Written at once.
const BLOCK: usize = 64 * 1024;
/// A file that grows past this becomes `.log.1`, replacing the one before it.
const ROTATE: u64 = 16 * 1024 * 1024;

impl Logs {
    /// Appends what has gathered, again and again.
    pub(crate) async fn keep_writing(self: Arc<Self>) {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let logs = Arc::clone(&self);
            let _ = tokio::task::spawn_blocking(move || logs.flush()).await;
        }
    }

    /// Appends what has gathered, and hands it to those who follow.
    pub fn flush(&self) {
        self.live.tell();
        for (function, log) in self.all() {
            if let Err(error) = append(&self.file(&function), &log) {
                warn!(function.name = %function, %error, "could not write the log of {function}");
            }
        }
    }
}

fn append(path: &Path, log: &FunctionLog) -> io::Result<()> {
    let (records, dropped) = log.take_pending();
    if records.is_empty() && dropped == 0 {
        return Ok(());
    }
    let mut file = open(path)?;
    let mut text = Vec::with_capacity(BLOCK + BLOCK / 4);
    if dropped > 0 {
        let told = serde_json::json!({ "stream": "platform", "dropped": dropped,
            "message": format!("{dropped} log records were dropped: they came faster than they could be written") });
        writeln!(text, "{told}")?;
    }
    for record in &records {
        serde_json::to_writer(&mut text, &**record)?;
        text.push(b'\n');
        if text.len() >= BLOCK {
            file.write_all(&text)?;
            text.clear();
        }
    }
    file.write_all(&text)
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(path).is_ok_and(|found| found.len() > ROTATE) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
