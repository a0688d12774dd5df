//! `!Sub`: text with values in it.

use super::{Values, literal};
use crate::problem::{Code, Problem, Told};
use crate::template::intrinsic::{Piece, pieces};
use crate::yaml::Node;

impl Values<'_> {
    pub(super) fn sub(&self, argument: &Node, told: &mut Told) -> Option<String> {
        let (text, variables) = match (argument.as_text(), argument.items()) {
            (Some(text), _) => (text, None),
            (None, [text, variables]) => (text.as_text().unwrap_or_default(), Some(variables)),
            _ => {
                let message = "`Fn::Sub` takes text, or a list of text and variables";
                told.problems.push(Problem::new(Code::Intrinsic, message).at(argument.span, ""));
                return None;
            }
        };
        let mut whole = Some(String::new());
        for piece in pieces(text) {
            let part = match piece {
                Piece::Text(text) => Some(literal(text)),
                Piece::Literal(name) => Some(format!("$${{{name}}}")),
                Piece::Variable(name) => match variables.and_then(|all| all.get(name)) {
                    Some(value) => self.text(value, told),
                    None => self.variable(name, argument, told),
                },
            };
            // All of it is evaluated, so that every problem is told.
            whole = whole.zip(part).map(|(whole, part)| whole + &part);
        }
        whole
    }

    fn variable(&self, name: &str, argument: &Node, told: &mut Told) -> Option<String> {
        match name.split_once('.') {
            None => self.named(name, argument.span, told),
            Some((id, attribute)) => self.attribute_of(id, attribute, argument.span, told),
        }
    }
}
