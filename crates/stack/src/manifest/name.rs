//! Names, as keys and as values.

use model::{
    ApiKeyName, ApiName, CacheName, FunctionName, NameProblem, ParameterName, ProcessName,
    QueueName, RuleName, ScheduleName, TopicName, UpstreamName, UsagePlanName,
};
use serde_json::{Value as Json, json};

use crate::problem::Code;
use crate::shape::{Refused, Text, text_shape};

/// A resource's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<T>(pub(crate) T);

fn refuse(text: &str, problem: &NameProblem) -> Refused {
    let refused = Refused::new(Code::Name, format!("is not a name: {problem}"));
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    let meant: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match problem {
        NameProblem::Character(_) if !meant.is_empty() && text.is_ascii() => {
            refused.help(format!("did you mean `{}`?", meant.join("-")))
        }
        _ => refused,
    }
}

fn schema() -> Json {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" })
}

macro_rules! names {
    ($($type:ty: $what:literal),+ $(,)?) => {$(
        impl Text for Name<$type> {
            const WHAT: &'static str = $what;

            fn parse(text: &str) -> Result<Self, Refused> {
                <$type>::parse(text).map(Name).map_err(|problem| refuse(text, &problem))
            }

            fn text_schema() -> Json {
                schema()
            }
        }

        text_shape!(Name<$type>);
    )+};
}

/// Names whose bounds AWS sets apart.
macro_rules! other_names {
    ($($type:ty: $what:literal, $pattern:literal, $max:literal;)+) => {$(
        impl Text for Name<$type> {
            const WHAT: &'static str = $what;

            fn parse(text: &str) -> Result<Self, Refused> {
                <$type>::parse(text).map(Name).map_err(|problem| refuse(text, &problem))
            }

            fn text_schema() -> Json {
                json!({ "type": "string", "pattern": $pattern, "maxLength": $max })
            }
        }

        text_shape!(Name<$type>);
    )+};
}

other_names! {
    QueueName: "the name of a queue", r"^[A-Za-z0-9_-]+(\.fifo)?$", 80;
    TopicName: "the name of a topic", r"^[A-Za-z0-9_-]+(\.fifo)?$", 256;
    ScheduleName: "the name of a schedule", r"^[A-Za-z0-9_.-]+$", 64;
    RuleName: "the name of an event rule", r"^[A-Za-z0-9_.-]+$", 64;
}

names! {
    FunctionName: "the name of a function",
    UpstreamName: "the name of an upstream",
    ProcessName: "the name of a process",
    CacheName: "the name of a cache",
    ApiName: "the name of an API",
    ParameterName: "the name of a parameter",
    UsagePlanName: "the name of a usage plan",
    ApiKeyName: "the name of an API key",
}

/// The stack's own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackName(pub(crate) String);

impl Text for StackName {
    const WHAT: &'static str = "a name";

    fn parse(text: &str) -> Result<Self, Refused> {
        // A stack's name obeys the rule that its resources' names do.
        FunctionName::parse(text).map_err(|problem| refuse(text, &problem))?;
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        schema()
    }
}

text_shape!(StackName);

/// The name of an HTTP header, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderName(pub(crate) String);

impl Text for HeaderName {
    const WHAT: &'static str = "the name of a header";

    fn parse(text: &str) -> Result<Self, Refused> {
        match http::HeaderName::try_from(text) {
            Ok(name) => Ok(Self(name.as_str().to_owned())),
            Err(_) => Err(Refused::new(Code::Header, "is not the name of a header")
                .help("a header's name is made of letters, digits and `-`")),
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" })
    }
}

text_shape!(HeaderName);
