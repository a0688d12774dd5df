//! Parameters that programs look up while they run, as they are written.

use model::StoredKind;
use serde_json::{Value as Json, json};

use super::PathText;
use crate::problem::{Code, Problem};
use crate::shape::{
    Definitions, Filled, OneOrMany, Refused, Shape, Slot, Spanned, Text, choice, record, text_shape,
};

record! {
    /// A setting or a secret in the SSM Parameter Store.
    StoredParameter is "a stored parameter" or just "value" {
        /// What its value is.
        defaulted kind: Spanned<StoredKind> = "String";
        /// Its value; several for a `StringList`. A secret's comes from outside: `${env:NAME}` or
        /// `${param:name}`.
        optional value: OneOrMany<Spanned<StoredText>>;
        /// A file with its value, relative to the manifest. A line break at the end is not part of it.
        optional value_file: Spanned<PathText>;
        /// What it is for.
        optional description: Filled;
        /// How large its value may be.
        defaulted tier: Tier = "intelligent";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Standard,
    Advanced,
    Intelligent,
}

choice!(Tier: "a tier of stored parameters" {
    /// Up to 4 KB.
    "standard" => Tier::Standard,
    /// Up to 8 KB.
    "advanced" => Tier::Advanced,
    /// Whichever of the two the value needs.
    "intelligent" => Tier::Intelligent,
});

choice!(StoredKind: "a type of stored parameter" {
    /// A text.
    "String" => StoredKind::String,
    /// Texts with commas between.
    "StringList" => StoredKind::StringList,
    /// A secret, sealed with the server's key before it is kept.
    "SecureString" => StoredKind::SecureString,
});

/// A value, and whether somebody wrote it down here.
#[derive(Debug, Clone)]
pub(crate) struct StoredText {
    pub(crate) text: String,
    pub(crate) is_written: bool,
}

impl Shape for StoredText {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a text", problems)?;
        if scalar.text.is_empty() {
            let problem = Problem::new(Code::Nothing, "a stored parameter has no empty value");
            problems.push(problem.at(slot.node.span, "").help("give it one, or remove it"));
            return None;
        }
        Some(Self { text: scalar.text.clone(), is_written: scalar.written.is_none() })
    }

    fn schema(_definitions: &mut Definitions) -> Json {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// `/shop/url`, or a name without slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredName(pub(crate) String);

const MOST_CHARACTERS: usize = 1011;
const MOST_LEVELS: usize = 15;

impl Text for StoredName {
    const WHAT: &'static str = "the name of a stored parameter such as `/shop/url`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let is_part = |part: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !part.is_empty() && part.bytes().all(fits)
        };
        let path = text.strip_prefix('/').unwrap_or(text);
        let first = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let refused = |why: &'static str, help: &str| {
            Err(Refused::new(Code::StoredParameter, why).help(help.to_owned()))
        };
        if first.starts_with("aws") || first.starts_with("ssm") {
            return refused("begins with a word that AWS keeps for itself", "begin with another");
        }
        if path.contains('/') && !text.starts_with('/') {
            return refused("is a path that does not begin with a slash", "put a `/` before it");
        }
        let is_small = text.len() <= MOST_CHARACTERS && path.split('/').count() <= MOST_LEVELS;
        if !is_small || !path.split('/').all(is_part) {
            let help =
                "use letters, digits, `.`, `-` and `_` between slashes, in at most 15 levels";
            return refused("is not the name of a stored parameter", help);
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^(/[A-Za-z0-9._-]+)+$|^[A-Za-z0-9._-]+$" })
    }
}

text_shape!(StoredName);
