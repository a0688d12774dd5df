//! The fenced blocks of a page.

/// A block between two fences.
#[derive(Debug)]
pub(super) struct Block {
    /// Of the first fence, from 1.
    pub(super) line: usize,
    pub(super) language: String,
    pub(super) kind: Kind,
    pub(super) text: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To be written to this file.
    File(String),
    Commands,
    Console,
    Shown,
}

pub(super) fn read(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim_start() != "```")
            .collect();
        let text = body.join("\n") + "\n";
        let kind = kind(language.trim(), body.first().copied().unwrap_or_default());
        blocks.push(Block { line: at + 1, language: language.trim().to_owned(), kind, text });
    }
    blocks
}

fn kind(language: &str, first: &str) -> Kind {
    let named = first.strip_prefix("# file: ").or_else(|| first.strip_prefix("// file: "));
    match (language, named) {
        (_, Some(name)) => Kind::File(name.trim().to_owned()),
        ("sh", None) => Kind::Commands,
        ("console", None) => Kind::Console,
        _ => Kind::Shown,
    }
}

impl Block {
    pub(super) fn is_command(&self) -> bool {
        matches!(self.kind, Kind::Commands | Kind::Console)
    }

    pub(super) fn commands(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// Each `$ command` with the lines that follow it.
    pub(super) fn exchanges(&self) -> Vec<(&str, Vec<&str>)> {
        let mut exchanges: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), exchanges.last_mut()) {
                (Some(command), _) => exchanges.push((command, Vec::new())),
                (None, Some((_, printed))) => printed.push(line),
                (None, None) => panic!("line {}: output before a `$ command`", self.line),
            }
        }
        exchanges
    }
}

/// Whether `text` is what `pattern` shows: `...` and `…` stand for anything within a line, and
/// alone for any lines.
pub(super) fn matches(pattern: &[&str], text: &[&str]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((&("..." | "…"), rest)), _) => {
            matches(rest, text)
                || text.split_first().is_some_and(|(_, left)| matches(pattern, left))
        }
        (Some((shown, rest)), Some((line, left))) => {
            line_matches(shown, line) && matches(rest, left)
        }
        _ => false,
    }
}

fn line_matches(shown: &str, line: &str) -> bool {
    let shown = shown.replace('…', "...");
    let mut pieces = shown.trim_end().split("...");
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = line.trim_end().strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn dots_stand_for_anything() {
    assert!(matches(&["a ... c"], &["a b c"]));
    assert!(matches(&["a…"], &["a"]));
    assert!(!matches(&["a ... d"], &["a b c"]));
    assert!(matches(&["a", "...", "z"], &["a", "b", "c", "z"]));
    assert!(!matches(&["a"], &["a", "b"]));
    assert!(!matches(&["a"], &[]));
}
