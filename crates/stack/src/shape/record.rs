//! Mappings with known keys.

use super::{Shape, Slot, closest, did_you_mean, listed};
use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::yaml::{Entry, Key, Node, Scalar, Style, Value, shorten};

/// What a record says about itself.
pub(crate) struct RecordNote {
    /// `a function`.
    pub(crate) noun: &'static str,
    /// Its name among the schema's definitions.
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// The key whose value may stand for the whole record.
    pub(crate) short: Option<&'static str>,
    pub(crate) fields: &'static [Field],
}

pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) need: Need,
    pub(crate) default: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
    Defaulted,
}

/// Which keys of a record were written, and where.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Where the record as a whole is pointed at.
    pub(crate) span: Span,
    keys: Vec<(String, Span)>,
}

impl Record {
    /// Where a key is written. Its value may still have been refused.
    pub(crate) fn key(&self, key: &str) -> Option<Span> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, span)| *span)
    }
}

/// A record that knows where it was written.
pub(crate) trait Placed {
    fn record(&self) -> &Record;
}

/// A record being read.
pub(crate) struct Fields<'a> {
    note: &'static RecordNote,
    entries: Vec<(&'a str, &'a Node)>,
    pub(crate) record: Record,
}

impl<'a> Fields<'a> {
    /// Reports what is no mapping, and keys that the record does not have.
    pub(crate) fn open(
        slot: Slot<'a>,
        note: &'static RecordNote,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let span = slot.node.span;
        match (&slot.node.value, note.short) {
            (Value::Mapping(entries), _) => {
                let mut known = Vec::new();
                for Entry { key, value } in entries {
                    if note.fields.iter().any(|field| field.key == key.text) {
                        known.push((&*key.text, value));
                    } else {
                        problems.push(unknown_key(key, note));
                    }
                }
                let keys = entries.iter().map(|e| (e.key.text.clone(), e.key.span)).collect();
                Some(Self { note, entries: known, record: Record { span, keys } })
            }
            (Value::Scalar(scalar), Some(key)) if !scalar.is_null() => {
                let record = Record { span, keys: vec![(key.to_owned(), span)] };
                Some(Self { note, entries: vec![(key, slot.node)], record })
            }
            (_, short) => {
                let what = match short {
                    Some(key) => format!("{} or its `{key}`", note.noun),
                    None => "a mapping".to_owned(),
                };
                let keys = note.fields.iter().map(|field| field.key);
                let help = format!("{} has the keys {}", note.noun, listed(keys, "and"));
                problems.push(slot.wrong_type(&what).help(help));
                None
            }
        }
    }

    pub(crate) fn required<T: Shape>(
        &self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        if !self.entries.iter().any(|(name, _)| *name == key) && !self.misspelt(key) {
            let message = format!("{} needs `{key}`", self.note.noun);
            let field = self.note.fields.iter().find(|field| field.key == key);
            let doc = field.map(|field| format!("`{key}`: {}", first_sentence(field.doc)));
            let problem = Problem::new(Code::MissingKey, message).at(self.record.span, "");
            problems.push(problem.maybe_help(doc));
        }
        self.optional(key, problems)
    }

    /// As [`Fields::required`], for a record that is checked further without it.
    pub(crate) fn needed<T: Shape>(
        &self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        self.required(key, problems)
    }

    /// Whether an unknown key, reported as such, was probably meant to be this one.
    fn misspelt(&self, key: &str) -> bool {
        let keys = self.note.fields.iter().map(|field| field.key);
        let is_unknown = |written: &str| !keys.clone().any(|known| known == written);
        let mut written = self.record.keys.iter().map(|(written, _)| written);
        written.any(|written| is_unknown(written) && closest(written, keys.clone()) == Some(key))
    }

    pub(crate) fn optional<T: Shape>(
        &self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let (_, node) = self.entries.iter().find(|(name, _)| *name == key)?;
        T::read(Slot { key, node }, problems)
    }

    /// The default also stands in for a value that was refused, so that reading goes on.
    pub(crate) fn defaulted<T: Shape>(
        &self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        self.optional(key, problems).or_else(|| {
            let field = self.note.fields.iter().find(|field| field.key == key)?;
            let text = field.default?.to_owned();
            let scalar = Scalar { text, style: Style::Plain, written: None };
            let node = Node { span: self.record.span, value: Value::Scalar(scalar) };
            T::read(Slot { key, node: &node }, problems)
        })
    }
}

fn unknown_key(key: &Key, note: &RecordNote) -> Problem {
    let keys = note.fields.iter().map(|field| field.key);
    let all = format!("{} has the keys {}", note.noun, listed(keys.clone(), "and"));
    Problem::new(Code::UnknownKey, format!("unknown key `{}`", shorten(&key.text)))
        .at(key.span, format!("not a key of {}", note.noun))
        .help(did_you_mean(&key.text, keys).unwrap_or(all))
}

fn first_sentence(doc: &str) -> String {
    let doc = doc.trim();
    let end = doc.find(". ").unwrap_or_else(|| doc.trim_end_matches('.').len());
    let mut sentence = doc[..end].to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    sentence
}

/// Declares a mapping with known keys: the type, how it is read, and its schema.
///
/// `required` is an error when missing, and so is `needed`, but then the rest is still checked;
/// `optional` becomes an `Option`; `defaulted` has a value, written as a manifest would.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident is $noun:literal $(or just $short:literal)? {
            $(
                $(#[doc = $help:literal])+
                $(#[expect($($lint:tt)+)])?
                $need:ident $field:ident: $type:ty $(= $default:literal)?;
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            record: $crate::shape::Record,
            $(
                $(#[doc = $help])+
                $(#[expect($($lint)+)])?
                pub(crate) $field: record!(@type $need $type),
            )*
        }

        impl $name {
            const NOTE: $crate::shape::RecordNote = $crate::shape::RecordNote {
                noun: $noun,
                name: stringify!($name),
                doc: concat!($($doc),+),
                short: record!(@optional $($short)?),
                fields: &[$($crate::shape::Field {
                    key: record!(@key $field),
                    doc: concat!($($help),+),
                    need: record!(@need $need),
                    default: record!(@optional $($default)?),
                }),*],
            };
        }

        impl $crate::shape::Placed for $name {
            fn record(&self) -> &$crate::shape::Record {
                &self.record
            }
        }

        impl $crate::shape::Shape for $name {
            fn read(
                slot: $crate::shape::Slot<'_>,
                problems: &mut Vec<$crate::problem::Problem>,
            ) -> Option<Self> {
                let fields = $crate::shape::Fields::open(slot, &Self::NOTE, problems)?;
                $(let $field: Option<$type> = fields.$need(record!(@key $field), problems);)*
                Some(Self {
                    record: fields.record,
                    $($field: record!(@take $need $field),)*
                })
            }

            fn schema(definitions: &mut $crate::shape::Definitions) -> serde_json::Value {
                $crate::shape::record_schema(&Self::NOTE, definitions, |definitions| {
                    vec![$(<$type as $crate::shape::Shape>::schema(definitions)),*]
                })
            }
        }
    };
    (@type optional $type:ty) => { Option<$type> };
    (@type needed $type:ty) => { Option<$type> };
    (@type $need:ident $type:ty) => { $type };
    (@take optional $field:ident) => { $field };
    (@take needed $field:ident) => { $field };
    (@take $need:ident $field:ident) => { $field? };
    (@need needed) => { $crate::shape::Need::Required };
    (@need required) => { $crate::shape::Need::Required };
    (@need optional) => { $crate::shape::Need::Optional };
    (@need defaulted) => { $crate::shape::Need::Defaulted };
    (@key asynchronous) => { "async" };
    (@key kind) => { "type" };
    (@key window_kind) => { "kind" };
    (@key $field:ident) => { stringify!($field) };
    (@optional) => { None };
    (@optional $value:literal) => { Some($value) };
}
pub(crate) use record;
