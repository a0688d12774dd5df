//! Which files of a folder are a function's code: patterns in order, of which later ones win.

use std::fmt;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Everything, but for what they leave out and do not take in again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilePatterns(Vec<FilePattern>);

/// `tests/**` takes files in, `!tests/**` leaves them out. Paths are relative to the code's folder; `*` and
/// `?` stand for no `/`, and names that begin with a dot are names like others.
#[derive(Clone)]
pub struct FilePattern {
    text: String,
    verdict: Verdict,
    glob: GlobMatcher,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    In,
    Out,
}

/// Why a text is no pattern, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternRefused {
    pub why: String,
    pub help: String,
}

impl FilePatterns {
    pub fn new(patterns: Vec<FilePattern>) -> Self {
        Self(patterns)
    }

    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternRefused> {
        texts.into_iter().map(FilePattern::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is nothing to decide: every file is in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of a file's path, relative to the code's folder.
    pub fn includes(&self, file: &Path) -> bool {
        let last = self.0.iter().rev().find(|pattern| pattern.glob.is_match(file));
        last.is_none_or(|pattern| pattern.verdict == Verdict::In)
    }
}

impl FilePattern {
    pub fn parse(text: &str) -> Result<Self, PatternRefused> {
        let (verdict, glob) = match text.strip_prefix('!') {
            Some(rest) => (Verdict::Out, rest),
            None => (Verdict::In, text),
        };
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        check(glob)?;
        let built = GlobBuilder::new(glob)
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .build();
        let glob = built.map_err(|error| {
            refused(
                &format!("is not a pattern: {}", error.kind()),
                "close what is open, or write `\\` before it",
            )
        })?;
        Ok(Self { text: text.to_owned(), verdict, glob: glob.compile_matcher() })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Refuses what would match nothing, and what other tools read otherwise.
fn check(glob: &str) -> Result<(), PatternRefused> {
    if glob.is_empty() {
        return Err(refused("names no file", "write a pattern such as `src/**` or `!tests/**`"));
    }
    if glob.starts_with('!') {
        return Err(refused("leaves out twice", "one `!` leaves out, none takes in"));
    }
    if glob.starts_with('/') {
        return Err(refused("is absolute", "a pattern starts in the folder of the code"));
    }
    if glob.split('/').any(|part| part == "..") {
        return Err(refused("leads out of the folder of the code", "name what lies in it"));
    }
    if let Some(folder) = glob.strip_suffix('/') {
        let help = format!("write `{folder}/**` for the files in it");
        return Err(refused("names a folder, and patterns name files", &help));
    }
    let is_extended = |pair: &[u8]| b"?*+@!".contains(&pair[0]) && pair[1] == b'(';
    let mut groups = glob.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    if glob.as_bytes().windows(2).any(is_extended) || groups.any(|inside| inside.contains('|')) {
        let help = "patterns have `*`, `**`, `?`, `[...]` and `{a,b}`; a parenthesis is `[(]`";
        return Err(refused("has a group in parentheses", help));
    }
    let mut braces = glob.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    if braces.any(|inside| inside.contains("..")) {
        return Err(refused("has a range in braces", "name each: `{1,2,3}`, or `[1-3]`"));
    }
    Ok(())
}

fn refused(why: &str, help: &str) -> PatternRefused {
    PatternRefused { why: why.to_owned(), help: help.to_owned() }
}

impl fmt::Debug for FilePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for FilePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for FilePattern {}

impl Serialize for FilePattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for FilePattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(|refused| de::Error::custom(format!("`{text}` {}", refused.why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files in, and files out.
    fn check(patterns: &[&str], included: &[&str], left_out: &[&str]) {
        let patterns = FilePatterns::of(patterns.iter().copied()).expect("patterns");
        for file in included {
            assert!(patterns.includes(Path::new(file)), "{patterns:?} takes in {file}");
        }
        for file in left_out {
            assert!(!patterns.includes(Path::new(file)), "{patterns:?} leaves out {file}");
        }
    }

    #[test]
    fn everything_is_in_and_later_patterns_win() {
        check(&[], &["a.py", ".env", "a/b/c.py"], &[]);
        check(&["!tests/**"], &["a.py", "tests", "src/tests/a"], &["tests/a", "tests/b/.c"]);
        check(&["!**", "src/**"], &["src/a.py", "src/.b"], &["a.py", "b/src/a.py"]);
        check(&["!a/**", "a/b/**", "!a/b/*.md"], &["a/b/c", "a/b/c/d.md"], &["a/c", "a/b/d.md"]);
        check(&["!**", "!src/**"], &[], &["src/a.py"]);
    }

    #[test]
    fn what_stands_for_several_names() {
        check(&["!*.md"], &["a/b.md"], &["b.md", ".md"]);
        check(&["!**/*.md"], &["b.mdx"], &["b.md", "a/b.md", "a/b/c.md"]);
        check(&["!a?.py"], &["a.py", "a/b.py"], &["ab.py"]);
        check(&["![ab].py"], &["c.py"], &["a.py", "b.py"]);
        check(&["!a.{js,ts,}"], &["a.css"], &["a.js", "a.ts", "a."]);
        check(&["!./a.py", r"!\*.py"], &["b.py"], &["a.py", "*.py"]);
        check(&["!tests"], &["tests/a"], &["tests"]);
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        for (text, expected) in [
            ("", "names no file"),
            ("!", "names no file"),
            ("!!a", "leaves out twice"),
            ("/a", "is absolute"),
            ("!../a", "leads out of the folder of the code"),
            ("a/../b", "leads out of the folder of the code"),
            ("!tests/", "names a folder, and patterns name files"),
            ("!(a|b).js", "has a group in parentheses"),
            ("a+(b)", "has a group in parentheses"),
            ("a{1..3}", "has a range in braces"),
        ] {
            assert_eq!(FilePattern::parse(text).expect_err(text).why, expected, "{text}");
        }
        let open = FilePattern::parse("a[b").expect_err("open");
        assert!(open.why.starts_with("is not a pattern: "), "{open:?}");
        assert!(FilePattern::parse("a[(]b").is_ok());
    }
}
