//! Lists and mappings from names to values.

use serde_json::{Value as Json, json};

use super::{Definitions, Shape, Slot, Text};
use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::yaml::{Value, shorten};

impl<T: Shape> Shape for Vec<T> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Sequence(items) = &slot.node.value else {
            let problem = slot.wrong_type("a list");
            problems.push(match &slot.node.value {
                Value::Scalar(scalar) if !scalar.is_null() => {
                    problem.help("put it between brackets: `[...]`")
                }
                _ => problem,
            });
            return None;
        };
        let read = |node| T::read(Slot { key: slot.key, node }, problems);
        Some(items.iter().filter_map(read).collect())
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "type": "array", "items": T::schema(definitions) })
    }
}

/// A list with at least one and at most `MOST` elements. One may stand alone.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T, const MOST: usize = { usize::MAX }>(pub(crate) Vec<T>);

impl<T, const MOST: usize> Default for OneOrMany<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Shape, const MOST: usize> Shape for OneOrMany<T, MOST> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        match &slot.node.value {
            Value::Sequence(items) if items.is_empty() => {
                let message = format!("`{}` is an empty list", slot.key);
                let problem = Problem::new(Code::Nothing, message).at(slot.node.span, "");
                problems.push(problem.help("name at least one, or remove the key"));
                None
            }
            Value::Sequence(items) => {
                if let Some(beyond) = items.get(MOST) {
                    let message =
                        format!("`{}` has {} elements, not at most {MOST}", slot.key, items.len());
                    let problem = Problem::new(Code::TooMany, message).at(beyond.span, "");
                    problems.push(problem.help("remove this one and those that follow it"));
                }
                Vec::read(slot, problems).map(Self)
            }
            _ => T::read(slot, problems).map(|one| Self(vec![one])),
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let one = T::schema(definitions);
        let mut many = json!({ "type": "array", "items": one, "minItems": 1 });
        if MOST < usize::MAX {
            many["maxItems"] = json!(MOST);
        }
        json!({ "anyOf": [one, many] })
    }
}

/// Named values in the order of the manifest.
#[derive(Debug, Clone)]
pub(crate) struct Map<K, V> {
    pub(crate) entries: Vec<Named<K, V>>,
    /// Whether nothing was written, as opposed to nothing that could be read.
    pub(crate) is_empty: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Named<K, V> {
    pub(crate) key: K,
    pub(crate) text: String,
    pub(crate) span: Span,
    /// `None` when it could not be read: its name is known all the same, so that a reference to it
    /// is not reported as dangling.
    pub(crate) value: Option<V>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), is_empty: true }
    }
}

impl<K, V> Map<K, V> {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries.iter().map(|named| &*named.text)
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, Span)> {
        self.entries.iter().map(|named| (&*named.text, named.span))
    }

    /// The entries that could be read.
    pub(crate) fn readable(&self) -> impl Iterator<Item = (&Named<K, V>, &V)> {
        self.entries.iter().filter_map(|named| Some((named, named.value.as_ref()?)))
    }
}

impl<K: Text, V: Shape> Shape for Map<K, V> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Mapping(entries) = &slot.node.value else {
            problems.push(slot.wrong_type("a mapping"));
            return None;
        };
        let mut read = Vec::new();
        for entry in entries {
            let value = V::read(Slot { key: &entry.key.text, node: &entry.value }, problems);
            let (text, span) = (entry.key.text.clone(), entry.key.span);
            match K::parse(&text) {
                Ok(key) => read.push(Named { key, text, span, value }),
                Err(refused) => problems.push(
                    Problem::new(refused.code, format!("`{}` {}", shorten(&text), refused.why))
                        .at(span, "")
                        .maybe_help(refused.help),
                ),
            }
        }
        Some(Self { entries: read, is_empty: entries.is_empty() })
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({
            "type": "object",
            "propertyNames": K::text_schema(),
            "additionalProperties": V::schema(definitions),
        })
    }
}
