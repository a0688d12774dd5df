//! Scalars: text, booleans and values from a fixed set.

use serde_json::{Value as Json, json};

use super::{Definitions, Shape, Slot, Spanned, did_you_mean, listed};
use crate::problem::{Code, Problem};
use crate::yaml::{Node, Style, Value};

/// A scalar with a syntax of its own.
pub(crate) trait Text: Sized {
    /// As in "`timeout` takes ...": `a duration such as 20s`.
    const WHAT: &'static str;

    fn parse(text: &str) -> Result<Self, Refused>;

    /// Of the text, without the substitution that may stand for it.
    fn text_schema() -> Json;
}

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    /// Continues "`the value` ...": `is not a duration`.
    pub(crate) why: String,
    pub(crate) help: Option<String>,
}

impl Refused {
    pub(crate) fn new(code: Code, why: impl Into<String>) -> Self {
        Self { code, why: why.into(), help: None }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn at(self, shown: &str, node: &Node) -> Problem {
        Problem::new(self.code, format!("{shown} {}", self.why))
            .at(node.span, "")
            .maybe_help(self.help)
    }
}

pub(crate) fn read_text<T: Text>(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<T> {
    let scalar = slot.scalar(T::WHAT, problems)?;
    if scalar.text.is_empty() {
        let message = format!("`{}` is empty", slot.key);
        let problem = Problem::new(Code::Nothing, message).at(slot.node.span, "");
        problems.push(problem.help(format!("it takes {}", T::WHAT)));
        return None;
    }
    match T::parse(&scalar.text) {
        Ok(value) => Some(value),
        Err(refused) => {
            problems.push(refused.at(&scalar.shown(), slot.node));
            None
        }
    }
}

/// What a scalar that is not free text looks like to an editor: itself, or a substitution.
pub(crate) fn or_substitution(schema: &Json, definitions: &mut Definitions) -> Json {
    definitions.entry("substitution").or_insert_with(|| {
        json!({
            "description": "Stands for the value of a parameter or an environment variable, or for the name of a resource.",
            "type": "string",
            "pattern": r"\$\{(param|env|queue|topic|function):",
        })
    });
    json!({ "anyOf": [schema, { "$ref": "#/$defs/substitution" }] })
}

/// Makes types that are [`Text`] a [`Shape`].
macro_rules! text_shape {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::shape::Shape for $type {
            fn read(
                slot: $crate::shape::Slot<'_>,
                problems: &mut Vec<$crate::problem::Problem>,
            ) -> Option<Self> {
                $crate::shape::read_text(slot, problems)
            }

            fn schema(definitions: &mut $crate::shape::Definitions) -> serde_json::Value {
                let schema = <$type as $crate::shape::Text>::text_schema();
                $crate::shape::or_substitution(&schema, definitions)
            }
        }
    )+};
}
pub(crate) use text_shape;

/// Describes a fixed set of values that stand for the variants of an enum.
macro_rules! choice {
    ($type:ty: $what:literal { $($(#[doc = $doc:literal])+ $text:literal => $value:expr,)+ }) => {
        impl $crate::shape::Shape for $type {
            fn read(
                slot: $crate::shape::Slot<'_>,
                problems: &mut Vec<$crate::problem::Problem>,
            ) -> Option<Self> {
                const NAMES: &[&str] = &[$($text),+];
                match $crate::shape::read_choice(slot, $what, NAMES, problems)? {
                    $($text => Some($value),)+
                    _ => None,
                }
            }

            fn schema(definitions: &mut $crate::shape::Definitions) -> serde_json::Value {
                let values = [$(($text, concat!($($doc),+).trim_ascii())),+];
                $crate::shape::choice_schema(&values, definitions)
            }
        }
    };
}
pub(crate) use choice;

/// The one of `names` that is written.
pub(crate) fn read_choice(
    slot: Slot<'_>,
    what: &str,
    names: &'static [&'static str],
    problems: &mut Vec<Problem>,
) -> Option<&'static str> {
    let scalar = slot.scalar(what, problems)?;
    let found = names.iter().find(|name| **name == scalar.text);
    if found.is_none() {
        let candidates = names.iter().copied();
        let choices = format!("use {}", listed(candidates.clone(), "or"));
        // Numbers that look alike are not alike.
        let is_number = scalar.text.parse::<f64>().is_ok();
        let near = if is_number { None } else { did_you_mean(&scalar.text, candidates) };
        let problem = Problem::new(Code::UnknownValue, format!("{} is not {what}", scalar.shown()))
            .at(slot.node.span, "")
            .help(near.unwrap_or(choices));
        problems.push(problem);
    }
    found.copied()
}

pub(crate) fn choice_schema(values: &[(&str, &str)], definitions: &mut Definitions) -> Json {
    let each = values.iter().map(|(text, doc)| match serde_json::from_str::<Json>(text) {
        // Without quotes, other readers of YAML take `2.0` for a number.
        Ok(number) => json!({ "enum": [text, number], "description": doc }),
        Err(_) => json!({ "const": text, "description": doc }),
    });
    or_substitution(&json!({ "oneOf": each.collect::<Vec<_>>() }), definitions)
}

impl Shape for bool {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        const WHAT: &str = "`true` or `false`";
        let scalar = slot.scalar(WHAT, problems)?;
        match (scalar.style, &*scalar.text) {
            (Style::Plain, "true") => return Some(true),
            (Style::Plain, "false") => return Some(false),
            (Style::Quoted, "true" | "false") => {
                problems.push(slot.wrong_type(WHAT).help("remove the quotes"));
            }
            (_, text) => {
                let message = format!("`{}` takes {WHAT}, not {}", slot.key, scalar.shown());
                let problem = Problem::new(Code::WrongType, message).at(slot.node.span, "");
                let meant = match &*text.to_ascii_lowercase() {
                    "yes" | "y" | "on" | "true" | "1" => Some("true"),
                    "no" | "n" | "off" | "false" | "0" => Some("false"),
                    _ => None,
                };
                let help = meant.map(|meant| format!("did you mean `{meant}`?"));
                problems.push(problem.maybe_help(help));
            }
        }
        None
    }

    fn schema(definitions: &mut Definitions) -> Json {
        or_substitution(&json!({ "type": "boolean" }), definitions)
    }
}

/// Any scalar, as it is written: a version may be `1.10` and a port `8080`.
impl Shape for String {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        match &slot.node.value {
            Value::Scalar(scalar) if scalar.is_null() => {
                problems.push(slot.wrong_type("text").help("write `\"\"` for no text"));
                None
            }
            _ => slot.scalar("text", problems).map(|scalar| scalar.text.clone()),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// Text that must not be empty.
#[derive(Debug, Clone)]
pub(crate) struct Filled(pub(crate) String);

impl Text for Filled {
    const WHAT: &'static str = "text";

    fn parse(text: &str) -> Result<Self, Refused> {
        if text.trim().is_empty() {
            return Err(Refused::new(Code::Nothing, "is blank"));
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

text_shape!(Filled);

impl Spanned<Filled> {
    pub(crate) fn as_str(&self) -> &str {
        &self.value.0
    }
}
