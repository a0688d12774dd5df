//! How a piece of YAML becomes a value, and how an editor is told the same: each type of the
//! manifest is described once, and reader, suggestions and JSON Schema all come from it.

mod collection;
mod quantity;
mod rate;
mod record;
mod record_schema;
mod scalar;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::yaml::{Node, Scalar, Style, Value, shorten};

pub(crate) use collection::{Map, Named, OneOrMany};
pub(crate) use quantity::{Millis, Seconds, Size, Whole, read_span, read_whole};
pub(crate) use rate::{Permits, meant as whole_rate};
pub(crate) use record::{Field, Fields, Need, Placed, Record, RecordNote, record};
pub(crate) use record_schema::record_schema;
pub(crate) use scalar::{
    Filled, Refused, Text, choice, choice_schema, or_substitution, read_choice, read_text,
    text_shape,
};

/// A type that the manifest may hold.
pub(crate) trait Shape: Sized {
    /// `None` once the problem has been reported.
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self>;

    fn schema(definitions: &mut Definitions) -> Json;
}

/// A value to read and the key it stands under, which messages name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub(crate) key: &'a str,
    pub(crate) node: &'a Node,
}

impl<'a> Slot<'a> {
    /// The scalar here, or a report that something else is.
    pub(crate) fn scalar(self, what: &str, problems: &mut Vec<Problem>) -> Option<&'a Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.style == Style::Unresolved => None,
            Value::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => {
                problems.push(self.wrong_type(what));
                None
            }
        }
    }

    pub(crate) fn wrong_type(self, what: &str) -> Problem {
        let found = self.node.kind();
        let message = format!("`{}` takes {what}, not {found}", shorten(self.key));
        Problem::new(Code::WrongType, message).at(self.node.span, "")
    }
}

/// The schema's `$defs`, filled as records are met.
pub(crate) type Definitions = BTreeMap<&'static str, Json>;

/// A value that later checks may have to point at.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T: Shape> Shape for Spanned<T> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let span = slot.node.span;
        T::read(slot, problems).map(|value| Self { value, span })
    }

    fn schema(definitions: &mut Definitions) -> Json {
        T::schema(definitions)
    }
}

/// The candidate that was probably meant.
pub(crate) fn closest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = text.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ``did you mean `x`?``, if something is near.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(text, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// `a`, `b` and `c`.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
    }
}
