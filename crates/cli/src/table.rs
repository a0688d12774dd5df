//! Tables of an answer, as people read them.

use std::fmt::Write;

use comfy_table::Table;
use serde_json::Value;

/// Columns as wide as they need to be, without lines around them.
pub(crate) fn drawn(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    let mut drawn = String::new();
    for line in table.lines() {
        let _ = writeln!(drawn, "{}", line.trim());
    }
    drawn
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(crate) fn each<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    answer[name].as_array().into_iter().flatten()
}

/// Day and minute are enough to read.
pub(crate) fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}
