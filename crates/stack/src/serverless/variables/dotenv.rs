//! `.env` files, for services that say `useDotenv: true`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Variables of `.env.{stage}.local`, `.env.{stage}`, `.env.local` and `.env`; the first that has one
/// counts. A file that is not there has none.
pub(super) fn read(folder: &Path, stage: &str) -> BTreeMap<String, String> {
    let names = [
        format!(".env.{stage}.local"),
        format!(".env.{stage}"),
        ".env.local".into(),
        ".env".into(),
    ];
    let mut variables = BTreeMap::new();
    for name in names {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
        for (name, value) in text.lines().filter_map(line) {
            variables.entry(name).or_insert(value);
        }
    }
    variables
}

/// `NAME=value`, `export NAME="value"`; comments and anything else are no variables.
fn line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').filter(|(name, _)| !name.starts_with('#'))?;
    let value = value.trim();
    let between = |quote: char| value.strip_prefix(quote)?.split_once(quote).map(|(text, _)| text);
    let value = match (between('"'), between('\'')) {
        (Some(text), _) => text.replace("\\n", "\n"),
        (_, Some(text)) => text.to_owned(),
        _ => value.split(" #").next().unwrap_or_default().trim_end().to_owned(),
    };
    Some((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(line("A=b"), pair("A", "b"));
        assert_eq!(line("export A = 'b # c' # d"), pair("A", "b # c"));
        assert_eq!(line("A=\"two\\nlines\""), pair("A", "two\nlines"));
        assert_eq!(line("A=b # c"), pair("A", "b"));
        assert_eq!(line("A="), pair("A", ""));
        assert_eq!(line("# A=b"), None);
        assert_eq!(line("nothing"), None);
    }

    #[test]
    fn the_stage_goes_before_all() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env"), "A=1\nB=1\n").expect("a file");
        fs::write(folder.path().join(".env.dev"), "A=2\n").expect("a file");
        let variables = read(folder.path(), "dev");
        assert_eq!(variables["A"], "2");
        assert_eq!(variables["B"], "1");
    }
}
