//! What a stack tells about itself, as it is written.

use serde_json::{Value as Json, json};

use crate::problem::Code;
use crate::shape::{Filled, Refused, Spanned, Text, record, text_shape};

record! {
    /// A value that is told to whoever deploys the stack, and that other stacks of the server may import.
    StackOutput is "an output" or just "value" {
        /// Such as `${api:main.url}` or `${queue:jobs.arn}`.
        required value: Spanned<String>;
        /// What it is for.
        optional description: Filled;
        /// The name under which templates of other stacks import it; once on a server.
        optional export: Spanned<Filled>;
    }
}

/// What an output is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputName(pub(crate) String);

const MOST_CHARACTERS: usize = 255;

impl Text for OutputName {
    const WHAT: &'static str = "the name of an output";

    fn parse(text: &str) -> Result<Self, Refused> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > MOST_CHARACTERS || !text.chars().all(fits) {
            let why = "is not the name of an output";
            return Err(Refused::new(Code::Name, why)
                .help("use 1 to 255 letters, digits, `.`, `-` and `_`"));
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,255}$" })
    }
}

text_shape!(OutputName);
