//! Other files that a foreign source names.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::problem::{Code, Problem};
use crate::source::{MAX_BYTES, Source, Span};
use crate::yaml::{self, Node, Tags, shorten};

/// The text of a file, which messages call `shown`. `None` when there is no such file.
pub(crate) fn text(path: &Path, shown: &str) -> Result<Option<String>, Box<Problem>> {
    let shown = shorten(shown);
    let refused = |code, message: String| Err(Box::new(Problem::new(code, message)));
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let outcome =
        File::open(path).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return refused(Code::Unreadable, format!("`{shown}` cannot be read: {error}"));
        }
        Ok(_) if bytes.len() > MAX_BYTES => {
            return refused(Code::TooLarge, format!("`{shown}` is larger than {MAX_BYTES} bytes"));
        }
        Ok(_) => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => refused(Code::NotUtf8, format!("`{shown}` is not UTF-8")),
    }
}

/// What a text of YAML or JSON holds. It has no places: they would be those of another text than the one
/// that carets point into.
pub(crate) fn tree(text: String, shown: &str) -> Result<Option<Node>, Box<Problem>> {
    let source = Source { name: shown.to_owned(), text };
    let mut problems = Vec::new();
    let tree = yaml::parse(&source, Tags::Functions, &mut problems);
    if let Some(problem) = problems.first() {
        let place = problem.place.as_ref().map(|label| source.place(label.span.start));
        let line = place.map_or(String::new(), |place| format!(" in line {}", place.line));
        let message = format!("`{}`{line}: {}", shorten(shown), problem.message);
        return Err(Box::new(Problem::new(problem.code, message)));
    }
    Ok(tree.map(|tree| tree.placed(Span::default())))
}
