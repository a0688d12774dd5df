//! `${file(./settings.yml):a.b}`.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::{Found, Variables, refused};
use crate::problem::{Code, Problem};
use crate::source::{MAX_BYTES, Source, Span};
use crate::yaml::{self, Node, Tags, shorten};

impl Variables<'_> {
    /// `None` when there is no such file.
    pub(super) fn file(&self, path: &str, address: &str) -> Found {
        let shown = shorten(path);
        let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
        if let Some(code @ ("js" | "cjs" | "mjs" | "ts")) = extension {
            let message = format!("`{shown}` is a program, which is not run to read a manifest");
            let help = format!("write what it returns into a `.yml` in place of the `.{code}`");
            return Err(Box::new(Problem::new(Code::Unsupported, message).help(help)));
        }
        let Some(text) = read(&self.folder.join(path), &shown)? else { return Ok(None) };
        if !matches!(extension, Some("yml" | "yaml" | "json" | "tfstate")) {
            return Ok(Some(Node::text(Span::default(), text.trim_end())));
        }
        let source = Source { name: path.to_owned(), text };
        let mut problems = Vec::new();
        let tree = yaml::parse(&source, Tags::Functions, &mut problems);
        if let Some(problem) = problems.first() {
            let place = problem.place.as_ref().map(|label| source.place(label.span.start));
            let line = place.map_or(String::new(), |place| format!(" in line {}", place.line));
            let message = format!("`{shown}`{line}: {}", problem.message);
            return Err(refused(problem.code, message));
        }
        let Some(tree) = tree else { return Ok(None) };
        // Its places are those of another text, which no caret can point into.
        let tree = tree.placed(Span::default());
        match address {
            "" => self.whole(&tree).map(Some),
            _ => {
                // Another address than the same words in the manifest itself.
                self.trail.borrow_mut().push(format!("file({path})"));
                let found = self.walk(&tree, address);
                self.trail.borrow_mut().pop();
                found
            }
        }
    }
}

fn read(path: &Path, shown: &str) -> Result<Option<String>, Box<Problem>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let outcome =
        File::open(path).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("`{shown}` cannot be read: {error}");
            return Err(refused(Code::Unreadable, message));
        }
        Ok(_) if bytes.len() > MAX_BYTES => {
            let message = format!("`{shown}` is larger than {MAX_BYTES} bytes");
            return Err(refused(Code::TooLarge, message));
        }
        Ok(_) => {}
    }
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| refused(Code::NotUtf8, format!("`{shown}` is not UTF-8")))
}
