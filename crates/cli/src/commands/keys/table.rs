//! Keys and usage as people read them.

use std::fmt::Write;

use serde_json::Value;

use crate::table::{drawn, each, minute, text};

fn names(value: &Value) -> String {
    let names: Vec<_> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    names.join(", ")
}

pub(super) fn all(answer: &Value) -> String {
    let keys: Vec<_> = each(answer, "keys").collect();
    if keys.is_empty() {
        return "no keys; `tidegate keys create NAME --plan PLAN` makes one\n".to_owned();
    }
    let row = |key: &&Value| {
        vec![
            text(key, "name").to_owned(),
            text(key, "id").to_owned(),
            names(&key["plans"]),
            values(key),
            state(key),
            text(key, "origin").to_owned(),
        ]
    };
    drawn(&["NAME", "ID", "PLANS", "VALUES", "STATE", "FROM"], keys.iter().map(row))
}

fn values(key: &Value) -> String {
    let shown = |value: &Value| {
        let prefix = text(value, "prefix");
        match value["until"].as_str() {
            Some(until) => format!("{prefix}... until {}", minute(until)),
            None => format!("{prefix}..."),
        }
    };
    let values: Vec<String> = each(key, "values").map(shown).collect();
    if values.is_empty() { "none yet".to_owned() } else { values.join(", ") }
}

fn state(key: &Value) -> String {
    match (key["enabled"].as_bool(), key["expires"].as_str()) {
        (Some(false), _) => "disabled".to_owned(),
        (_, Some(expires)) => format!("until {}", expires.get(..10).unwrap_or(expires)),
        _ => "enabled".to_owned(),
    }
}

pub(super) fn one(key: &Value) -> String {
    let mut said = format!(
        "{} ({}), from the {}\n  plans    {}\n  values   {}\n  state    {}\n  created  {}\n",
        text(key, "name"),
        text(key, "id"),
        text(key, "origin"),
        names(&key["plans"]),
        values(key),
        state(key),
        minute(text(key, "created")),
    );
    let rows = each(key, "audit").map(|line| {
        vec![
            minute(text(line, "at")),
            text(line, "actor").to_owned(),
            text(line, "action").to_owned(),
            text(line, "detail").to_owned(),
        ]
    });
    let _ = write!(said, "\n{}", drawn(&["WHEN", "WHO", "WHAT", ""], rows));
    said
}

/// A value stands alone on its line, so that it can be copied.
pub(super) fn value(answer: &Value) -> String {
    let name = text(&answer["key"], "name");
    match answer["value"].as_str() {
        Some(value) => {
            format!("{name} has this value, which is not shown again:\n{value}\n")
        }
        None => format!("{name} has the value that you gave\n"),
    }
}

pub(super) fn usage(answer: &Value) -> String {
    let name = |value: &Value| {
        let key = &value["key"];
        key["name"].as_str().map_or_else(|| format!("{} (deleted)", text(key, "id")), str::to_owned)
    };
    let rows: Vec<_> = each(answer, "usage").collect();
    let mut said = match rows.is_empty() {
        true => format!("no usage from {} to {}\n", text(answer, "from"), text(answer, "to")),
        false => drawn(
            &["DAY", "KEY", "PLAN", "ADMITTED", "GRANTED"],
            rows.iter().map(|row| {
                vec![
                    text(row, "day").to_owned(),
                    name(row),
                    text(row, "plan").to_owned(),
                    row["admitted"].to_string(),
                    row["granted"].to_string(),
                ]
            }),
        ),
    };
    let quotas: Vec<_> = each(answer, "quotas").collect();
    if !quotas.is_empty() {
        let rows = quotas.iter().map(|quota| {
            let period = text(&quota["rule"]["quota"], "period");
            vec![
                name(quota),
                text(quota, "plan").to_owned(),
                format!("{}/{period}", quota["limit"]),
                quota["used"].to_string(),
                quota["remaining"].to_string(),
            ]
        });
        let _ = write!(said, "\n{}", drawn(&["KEY", "PLAN", "QUOTA", "USED", "LEFT"], rows));
    }
    if let Some(problem) = answer["store_problem"].as_str() {
        let _ = writeln!(said, "\nquotas cannot be shown: {problem}");
    }
    said
}
