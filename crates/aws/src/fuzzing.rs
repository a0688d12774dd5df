//! What strangers' bytes reach first, for the fuzz targets.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::protocol::query::form;

/// Every shape that an input may have.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shapes {
    pub text: Option<String>,
    pub number: Option<i64>,
    pub flag: Option<bool>,
    pub list: Vec<String>,
    pub map: BTreeMap<String, String>,
    pub entries: Vec<Shapes>,
}

/// What a form says, or why it says nothing.
pub fn form(bytes: &[u8]) -> Result<Shapes, String> {
    let node = form::read(bytes).map_err(|problem| problem.to_string())?;
    let read: Result<Shapes, serde_json::Error> = Shapes::deserialize(node.reading());
    read.map_err(|problem| problem.to_string())
}

/// Whether an event of a log matches, or why the pattern is none.
pub fn log_pattern(pattern: &str, message: &str) -> Result<bool, String> {
    let pattern = crate::logs::FilterPattern::parse(pattern);
    pattern.map(|pattern| pattern.matches(message)).map_err(|error| error.message().to_owned())
}
