//! `$ref`s inside the document.

use crate::problem::{Code, Problem, Told};
use crate::yaml::{Node, Value, shorten};

/// References that lead to references.
const MOST: usize = 16;

/// What `node` is, or what it refers to. `None` once it has been told why nothing is there.
pub(super) fn follow<'a>(root: &'a Node, node: &'a Node, told: &mut Told) -> Option<&'a Node> {
    let mut at = node;
    for _ in 0..MOST {
        let Some(reference) = at.get("$ref") else { return Some(at) };
        let text = reference.as_text().unwrap_or_default();
        let Some(pointer) = text.strip_prefix('#') else {
            let message = format!("`{}` is in another file, which is not supported", shorten(text));
            told.unsupported(message, reference.span);
            return None;
        };
        match look_up(root, pointer) {
            Some(found) => at = found,
            None => {
                let message = format!("`{}` leads to nothing in this document", shorten(text));
                told.problems.push(Problem::new(Code::Dangling, message).at(reference.span, ""));
                return None;
            }
        }
    }
    let problem = Problem::new(Code::Circular, "references lead round in a circle");
    told.problems.push(problem.at(node.span, "starting here"));
    None
}

/// <https://www.rfc-editor.org/rfc/rfc6901>
fn look_up<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    pointer.split('/').skip(1).try_fold(root, |at, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &at.value {
            Value::Mapping(_) => at.get(&step),
            Value::Sequence(items) => items.get(step.parse::<usize>().ok()?),
            Value::Scalar(_) => None,
        }
    })
}
