//! What the parser's errors mean to someone who writes a manifest.

use crate::problem::{Code, Problem};
use crate::source::Span;

/// Explains the error `info`, which the parser met at byte `at`.
pub(super) fn explain(text: &str, at: usize, info: &str) -> Problem {
    if let Some(tab) = indenting_tab(text, at) {
        return problem("a tab indents this line", tab).help("indent with spaces instead");
    }
    let here = character(text, at);
    if info.contains("quoted scalar") {
        return quote(text, here, info);
    }
    if info.contains("anchor") {
        let end = text[at..].find([' ', ',', ']', '}', '\r', '\n']).map_or(text.len(), |n| at + n);
        let message = format!("`{}` names no value", &text[at..end]);
        let help = "put text that starts with `*` or `&` between quotes";
        return problem(message, Span { start: at, end: end.max(here.end) }).help(help);
    }
    if info.starts_with("unexpected character") {
        let first = &text[here.range()];
        return problem(format!("no text starts with `{first}`"), here)
            .help("put it between quotes");
    }
    if let Some(open) = unclosed(text, at) {
        if let Some(plain) = plain_with_brace(text, at) {
            let written = &text[plain.range()];
            let message = format!("inside `{}`, text with `{{` or `}}` needs quotes", open.bracket);
            return problem(message, plain).help(format!("write `\"{written}\"`"));
        }
        let (end, kind) = if open.bracket == '{' { ('}', "mapping") } else { (']', "list") };
        return problem(format!("a `,` or `{end}` is missing here"), here)
            .related(character(text, open.at), format!("this {kind} is not closed"))
            .help(format!("separate its elements by `,` and close it with `{end}`"));
    }
    if info == "misplaced bracket" {
        let message = format!("this `{}` closes nothing", &text[here.range()]);
        return problem(message, here).help("remove it");
    }
    if info.starts_with("mapping values") || info.starts_with("simple key") {
        return colon(text, at);
    }
    if info.contains("did not find expected key") {
        return problem("this line is no part of the lines around it", here)
            .help("indent it as far as the keys it belongs with");
    }
    problem(format!("this is not YAML: {info}"), here)
}

fn problem(message: impl Into<String>, span: Span) -> Problem {
    Problem::new(Code::Syntax, message).at(span, "")
}

fn character(text: &str, at: usize) -> Span {
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    Span { start: at, end }
}

fn line(text: &str, at: usize) -> Span {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    Span { start, end }
}

/// The plain text around the `{` at byte `at`, as in `{ path: /pets/{id} }`, where YAML ends it.
fn plain_with_brace(text: &str, at: usize) -> Option<Span> {
    let before = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']' | ',');
    let start = text[..at].rfind(before).map_or(0, |end| end + 1);
    if start == at || !text[at..].starts_with('{') || text[start..].starts_with(['"', '\'']) {
        return None;
    }
    let mut depth = 0;
    let end = text[at..].find(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c.is_whitespace() || depth < 0 || (depth == 0 && matches!(c, ',' | ']'))
    });
    Some(Span { start, end: end.map_or(text.len(), |length| at + length) })
}

fn indenting_tab(text: &str, at: usize) -> Option<Span> {
    let line = line(text, at);
    let blank = text[line.range()].find(|c| !matches!(c, ' ' | '\t'))?;
    let tab = line.start + text[line.start..line.start + blank].find('\t')?;
    Some(Span { start: tab, end: tab + 1 })
}

fn quote(text: &str, here: Span, info: &str) -> Problem {
    if info.contains("trailing content") {
        return problem("text follows the closing quote", here)
            .help("put all of it between the quotes, or none");
    }
    let quote = &text[here.range()];
    if !matches!(quote, "\"" | "'") {
        return problem(format!("this is not YAML: {info}"), here);
    }
    problem("this quote is not closed", here).help(format!("end the text with `{quote}`"))
}

/// A key without its `:`, a `:` without its space, or a `: ` too many.
fn colon(text: &str, at: usize) -> Problem {
    let own = line(text, at);
    // The parser stops at the colon of the line that follows, if there is one.
    let is_key = text[at..].starts_with(':');
    if is_key && text[own.start..at].contains(": ") {
        let message = "a second `: ` stands on this line";
        return problem(message, character(text, at))
            .help("put text that contains `: ` between quotes, or start a new line");
    }
    let culprit = if is_key { line_before(text, own.start).unwrap_or(own) } else { own };
    let written = text[culprit.range()].trim();
    let start = culprit.start + text[culprit.range()].find(written).unwrap_or(0);
    let span = Span { start, end: start + written.len() };
    match written.split_once(':') {
        Some((key, value)) if !value.is_empty() => {
            let colon = start + key.len();
            problem("no space follows this `:`", Span { start: colon, end: colon + 1 })
                .help(format!("write `{key}: {}`", value.trim_start()))
        }
        _ => {
            let key = written.trim_start_matches("- ");
            let meant = match key.split_once(' ') {
                Some((key, value)) => format!("{key}: {}", value.trim_start()),
                None => format!("{key}:"),
            };
            problem("this line has no `:`", span).help(format!("write `{meant}`"))
        }
    }
}

/// The nearest line above that says something.
fn line_before(text: &str, mut start: usize) -> Option<Span> {
    while start > 0 {
        let line = line(text, start - 1);
        let written = text[line.range()].trim();
        if !written.is_empty() && !written.starts_with('#') {
            return Some(line);
        }
        start = line.start;
    }
    None
}

struct Open {
    at: usize,
    bracket: char,
}

/// The innermost bracket that is open at `end`. Follows YAML only as far as people write it.
fn unclosed(text: &str, end: usize) -> Option<Open> {
    let mut open: Vec<Open> = Vec::new();
    let mut before = '\n';
    let mut characters = text[..end].char_indices();
    while let Some((at, c)) = characters.next() {
        let starts = before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':');
        match c {
            '#' if before.is_whitespace() => {
                characters.find(|(_, c)| *c == '\n');
                before = '\n';
                continue;
            }
            '"' if starts => {
                let mut is_escaped = false;
                characters.find(|(_, c)| {
                    let ends = *c == '"' && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    ends
                });
            }
            '\'' if starts => {
                characters.find(|(_, c)| *c == '\'');
            }
            '[' | '{' if starts || !open.is_empty() => open.push(Open { at, bracket: c }),
            ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    open.pop()
}
