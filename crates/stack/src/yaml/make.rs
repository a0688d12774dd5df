//! Looks into nodes that readers of foreign files share, and changes to them.

use super::{Node, Scalar, Value};
use crate::source::Span;

impl Node {
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Value::Mapping(entries) = &mut self.value else { return None };
        entries.iter_mut().find(|entry| entry.key.text == key).map(|entry| &mut entry.value)
    }

    /// Those of a list; a single value stands for itself, and nothing for none.
    pub(crate) fn each(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ if self.is_null() => &[],
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    pub(crate) fn is_true(&self) -> bool {
        self.as_text() == Some("true")
    }

    /// The same value, pointed at where something refers to it.
    pub(crate) fn placed(mut self, span: Span) -> Self {
        self.move_to(span);
        self
    }

    fn move_to(&mut self, span: Span) {
        self.span = span;
        match &mut self.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.move_to(span)),
            Value::Mapping(entries) => {
                for entry in entries {
                    entry.key.span = span;
                    entry.value.move_to(span);
                }
            }
        }
    }
}
