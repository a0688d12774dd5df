//! `${file(./settings.yml):a.b}`.

use std::path::Path;

use super::{Found, Variables};
use crate::foreign::file;
use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::yaml::{Node, shorten};

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
        let Some(text) = file::text(&self.folder.join(path), path)? else { return Ok(None) };
        if !matches!(extension, Some("yml" | "yaml" | "json" | "tfstate")) {
            return Ok(Some(Node::text(Span::default(), text.trim_end())));
        }
        let Some(tree) = file::tree(text, path)? else { return Ok(None) };
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
