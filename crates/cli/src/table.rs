//! Tables of an answer, as people read them.

use comfy_table::Table;
use serde_json::Value;

/// Columns as wide as they need to be, without lines around them.
pub(crate) fn drawn(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_though_the_first_has_nothing_in_it() {
        let rows = [["", "away", "a"], ["*", "home", ""]].map(|row| row.map(str::to_owned).into());
        let expected = "   SERVER  ADMIN\n   away    a\n*  home\n";
        assert_eq!(drawn(&["", "SERVER", "ADMIN"], rows.into_iter()), expected);
    }
}
