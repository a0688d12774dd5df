//! What an AWS call changed of how a stack's function runs, until its manifest is applied again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize as _;

use crate::{ByteSize, Declared, Function, FunctionName};

/// What differs from the manifest; the rest is as it says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionConfiguration {
    pub function: FunctionName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::units::serialize_optional_span",
        deserialize_with = "optional_span"
    )]
    pub timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// All of its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<BTreeMap<String, String>>,
}

impl FunctionConfiguration {
    /// Changes nothing.
    pub fn new(function: FunctionName) -> Self {
        Self { function, handler: None, timeout: None, memory: None, environment: None }
    }

    /// The function as it runs with this.
    #[must_use]
    pub fn over(&self, function: &Function) -> Function {
        let mut function = function.clone();
        if let Some(handler) = &self.handler {
            function.handler.clone_from(handler);
        }
        if let Some(environment) = &self.environment {
            function.environment.clone_from(environment);
        }
        function.timeout = self.timeout.unwrap_or(function.timeout);
        function.memory = self.memory.unwrap_or(function.memory);
        function
    }

    /// What a function says of the same things.
    #[must_use]
    pub fn of_same(&self, function: &Function) -> Self {
        Self {
            function: self.function.clone(),
            handler: self.handler.as_ref().map(|_| function.handler.clone()),
            timeout: self.timeout.map(|_| function.timeout),
            memory: self.memory.map(|_| function.memory),
            environment: self.environment.as_ref().map(|_| function.environment.clone()),
        }
    }
}

impl Declared for FunctionConfiguration {
    fn name(&self) -> String {
        self.function.to_string()
    }
}

fn optional_span<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    #[derive(serde::Deserialize)]
    struct Span(#[serde(with = "crate::units::span")] Duration);
    Ok(Option::<Span>::deserialize(from)?.map(|span| span.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back() {
        let function = FunctionName::parse("hello").expect("a name");
        let empty = FunctionConfiguration::new(function.clone());
        let whole = FunctionConfiguration {
            function,
            handler: Some("index.other".to_owned()),
            timeout: Some(Duration::from_millis(1_500)),
            memory: Some(ByteSize::mib(256)),
            environment: Some([("A".to_owned(), "b".to_owned())].into()),
        };
        for configuration in [empty, whole] {
            let text = serde_json::to_string(&configuration).expect("JSON");
            let back: FunctionConfiguration = serde_json::from_str(&text).expect(&text);
            assert_eq!(back, configuration);
        }
    }
}
