//! What functions wrote up to now: from memory, and from the files where they reach further back.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use model::{FunctionName, Timestamp};
use tracing::warn;

use super::record::rfc3339;
use super::{Logs, Record, lock};

/// What a line of a file starts with; the time follows, always of the same length.
const BEFORE_TIME: &str = r#"{"time":""#;

/// Records up to one moment.
#[derive(Debug, Default)]
pub struct Past {
    /// As JSON, by time.
    pub lines: Vec<String>,
    /// Those of them that were in memory. Whoever followed before may hear them again.
    pub recent: Vec<Arc<Record>>,
}

/// A record as one line of JSON, and its time as it stands there.
pub(super) struct Told {
    pub(super) time: String,
    pub(super) line: String,
}

impl Logs {
    /// Records of these functions that are not older than `oldest`. Reads files, so it is not for a
    /// thread that answers requests.
    pub fn past<'a>(
        &self,
        functions: impl Iterator<Item = &'a FunctionName>,
        oldest: Timestamp,
    ) -> Past {
        let oldest = rfc3339(oldest);
        let (mut told, mut recent) = (Vec::new(), Vec::new());
        for function in functions {
            let kept: Vec<_> = lock(&self.of(function).state).kept.iter().cloned().collect();
            told.extend(self.past_of(function, &kept, &oldest));
            recent.extend(kept);
        }
        // Stable: lines of one function keep their order.
        told.sort_by(|a, b| a.time.cmp(&b.time));
        Past { lines: told.into_iter().map(|told| told.line).collect(), recent }
    }

    /// The time of the first record that is left of a function's log. Reads files, too.
    pub fn begun(&self, function: &FunctionName) -> Option<Timestamp> {
        let path = self.file(function);
        let written = [path.with_extension("log.1"), path].iter().find_map(|path| first(path));
        let kept = lock(&self.of(function).state).kept.front().map(|record| record.time);
        written.into_iter().chain(kept).min()
    }

    fn past_of(&self, function: &FunctionName, kept: &[Arc<Record>], oldest: &str) -> Vec<Told> {
        let told =
            |record: &Arc<Record>| Told { time: rfc3339(record.time), line: record.to_json() };
        let kept: Vec<Told> = kept.iter().map(told).collect();
        let from_memory = kept.first().map(|first| first.time.clone());
        let mut past = match &from_memory {
            Some(first) if *first.as_str() < *oldest => Vec::new(),
            _ => self.written(function, oldest),
        };
        if let Some(first) = from_memory {
            let known: HashSet<&str> = kept.iter().map(|told| &*told.line).collect();
            past.retain(|told| told.time <= first && !known.contains(&*told.line));
        }
        past.extend(kept.into_iter().filter(|told| *told.time >= *oldest));
        past
    }

    fn written(&self, function: &FunctionName, oldest: &str) -> Vec<Told> {
        let path = self.file(function);
        read(&path, oldest).unwrap_or_else(|error| {
            warn!(function.name = %function, %error, "could not read the log of {function}");
            Vec::new()
        })
    }
}

/// The file before the last turn-over, and the one that is written now.
pub(super) fn read(path: &Path, oldest: &str) -> io::Result<Vec<Told>> {
    let current = open(path)?;
    let mut before = open(&path.with_extension("log.1"))?;
    if let (Some(current), Some(older)) = (&current, &before)
        && current.metadata()?.ino() == older.metadata()?.ino()
    {
        // It was turned over between the two.
        before = None;
    }
    let mut told: Vec<Told> = Vec::new();
    for file in before.into_iter().chain(current) {
        for line in BufReader::new(file).lines() {
            let line = line?;
            // A note about dropped records has no time; it belongs to the line before it.
            let time = time(&line).map(str::to_owned);
            let time = time.or_else(|| told.last().map(|told| told.time.clone()));
            if let Some(time) = time.filter(|time| **time >= *oldest) {
                told.push(Told { time, line });
            }
        }
    }
    Ok(told)
}

fn first(path: &Path) -> Option<Timestamp> {
    let lines = BufReader::new(open(path).ok()??).lines();
    let time = lines.map_while(Result::ok).find_map(|line| time(&line)?.parse().ok());
    time.and_then(|time: jiff::Timestamp| u64::try_from(time.as_millisecond()).ok()).map(Timestamp)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn time(line: &str) -> Option<&str> {
    line.strip_prefix(BEFORE_TIME)?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::super::{Line, LogStream, Said};
    use super::*;

    fn name() -> FunctionName {
        FunctionName::parse("f").expect("valid")
    }

    fn push(logs: &Logs, seconds: u64, text: &str) {
        logs.of(&name()).push(Record {
            time: Timestamp(seconds * 1000),
            speaker: super::super::Speaker::Function,
            function: name(),
            request_id: None,
            said: Said::Line(Line::new(LogStream::Stdout, text.to_owned())),
        });
    }

    fn messages(logs: &Logs, oldest: u64) -> Vec<String> {
        let lines = logs.past([&name()].into_iter(), Timestamp(oldest * 1000)).lines;
        let message = |line: String| {
            let record: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            record["message"].as_str().expect("a message").to_owned()
        };
        lines.into_iter().map(message).collect()
    }

    #[test]
    fn what_memory_let_go_of_is_read_from_the_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = Logs::new(folder.path().to_owned());
        for number in 0..1_500 {
            push(&logs, number, &number.to_string());
        }
        logs.flush();
        push(&logs, 1_500, "not written yet");
        let all = messages(&logs, 0);
        assert_eq!((all.len(), &*all[0], &*all[1_500]), (1_501, "0", "not written yet"));
        assert_eq!(messages(&logs, 1_499), ["1499", "not written yet"]);
    }

    #[test]
    fn an_earlier_server_and_a_turned_over_file_are_read_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let before = Logs::new(folder.path().to_owned());
        push(&before, 1, "first");
        before.flush();
        let file = before.file(&name());
        std::fs::rename(&file, file.with_extension("log.1")).expect("turned over");
        push(&before, 2, "second");
        before.flush();
        let now = Logs::new(folder.path().to_owned());
        assert_eq!(messages(&now, 0), ["first", "second"]);
        assert_eq!(now.begun(&name()), Some(Timestamp(1_000)));
        push(&now, 2, "second");
        push(&now, 2, "third");
        assert_eq!(messages(&now, 2), ["second", "third"]);
    }

    #[test]
    fn no_log_is_an_empty_one() {
        let logs = Logs::new("/nowhere".into());
        assert_eq!((messages(&logs, 0), logs.begun(&name())), (Vec::new(), None));
        push(&logs, 3, "not written yet");
        assert_eq!(logs.begun(&name()), Some(Timestamp(3_000)));
    }
}
