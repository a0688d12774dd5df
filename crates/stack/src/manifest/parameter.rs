//! Parameters: values that are given when the stack starts.

use crate::problem::Code;
use crate::shape::{Refused, Spanned, choice, record};

record! {
    /// A value that is given when the stack starts.
    Parameter is "a parameter" {
        /// What its value must be.
        defaulted kind: ParameterType = "string";
        /// Used when no value is given; without it, one must be.
        optional default: Spanned<String>;
        /// Tells people what the value is for.
        optional description: String;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterType {
    String,
    Number,
    Boolean,
}

choice!(ParameterType: "a parameter type" {
    /// Any text.
    "string" => ParameterType::String,
    /// A number.
    "number" => ParameterType::Number,
    /// `true` or `false`.
    "boolean" => ParameterType::Boolean,
});

impl ParameterType {
    pub(crate) fn check(self, value: &str) -> Result<(), Refused> {
        let what = match self {
            Self::String => return Ok(()),
            Self::Number if value.parse::<f64>().is_ok_and(f64::is_finite) => return Ok(()),
            Self::Boolean if matches!(value, "true" | "false") => return Ok(()),
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
        };
        Err(Refused::new(Code::ParameterType, format!("is not {what}")))
    }
}
