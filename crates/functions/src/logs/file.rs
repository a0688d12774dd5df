//! Which file has the log of a function or process, and whose log a file is.

use std::path::Path;

/// `access.log` has requests, and is nobody's words.
const REQUESTS: &str = "access";
/// In whose place a function of that name logs. No name has a dot.
const CALLED_ACCESS: &str = "access.function";

pub(super) fn of(name: &str) -> String {
    let stem = if name == REQUESTS { CALLED_ACCESS } else { name };
    format!("{stem}.log")
}

/// `None` of what has no function's or process's log. A file that was turned over belongs to the same.
pub(super) fn speaker(file: &Path) -> Option<&str> {
    let file = file.to_str()?;
    let stem = file.strip_suffix(".1").unwrap_or(file).strip_suffix(".log")?;
    match stem {
        REQUESTS => None,
        CALLED_ACCESS => Some(REQUESTS),
        name => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_file_and_every_file_one_speaker() {
        for name in ["f", "access", "access-1", "log"] {
            let file = of(name);
            assert_eq!(speaker(Path::new(&file)), Some(name));
            assert_eq!(speaker(Path::new(&format!("{file}.1"))), Some(name));
        }
        for others in ["access.log", "access.log.1", "notes.txt", "log", "f.1"] {
            assert_eq!(speaker(Path::new(others)), None, "{others}");
        }
    }
}
