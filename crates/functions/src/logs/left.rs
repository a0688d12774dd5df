//! What functions wrote, while no server runs: from the files that it left.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use model::{FunctionName, Timestamp};

use super::file;
use super::past::read;
use super::record::rfc3339;

/// Records that are not older than `oldest`, as JSON by time, of everybody who has a log in this folder,
/// or of one function or process. `None` if nobody of that name has one.
pub fn left(
    folder: &Path,
    of: Option<&FunctionName>,
    oldest: Timestamp,
) -> io::Result<Option<Vec<String>>> {
    let mut names = names(folder)?;
    match of {
        Some(name) if !names.remove(name.as_str()) => return Ok(None),
        Some(name) => names = BTreeSet::from([name.to_string()]),
        None => {}
    }
    let mut told = Vec::new();
    for name in names {
        told.extend(read(&folder.join(file::of(&name)), &rfc3339(oldest))?);
    }
    // Stable: lines of one function keep their order.
    told.sort_by(|a, b| a.time.cmp(&b.time));
    Ok(Some(told.into_iter().map(|told| told.line).collect()))
}

/// Who has a log, whether or not its file was turned over a moment ago.
fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        names.extend(file::speaker(&name).map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::super::{Line, LogStream, Logs, Record, Said, Speaker};
    use super::*;

    fn push(logs: &Logs, seconds: u64, text: &str) {
        let function = FunctionName::parse("f").expect("valid");
        logs.of(&function).push(Record {
            time: Timestamp(seconds * 1000),
            speaker: Speaker::Function,
            function,
            request_id: None,
            said: Said::Line(Line::new(LogStream::Stdout, text.to_owned())),
        });
        logs.flush();
    }

    #[test]
    fn files_are_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        let count = |of: Option<&str>, oldest: u64| {
            let of = of.map(|name| FunctionName::parse(name).expect("valid"));
            let left = left(folder.path(), of.as_ref(), Timestamp(oldest * 1000)).expect("read");
            left.map(|lines| lines.len())
        };
        let logs = Logs::new(folder.path().to_owned());
        push(&logs, 1, "first");
        let file = folder.path().join("f.log");
        std::fs::rename(&file, file.with_extension("log.1")).expect("turned over");
        let request = r#"{"time":"2026-11-21T00:00:00.000Z","path":"/"}"#;
        std::fs::write(folder.path().join("access.log"), request).expect("written");
        assert_eq!(
            (count(None, 0), count(Some("f"), 0), count(Some("g"), 0)),
            (Some(1), Some(1), None)
        );
        push(&logs, 2, "second");
        assert_eq!((count(None, 0), count(Some("f"), 2)), (Some(2), Some(1)));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(left(Path::new("/nowhere"), None, Timestamp(0)).is_err());
    }
}
