//! One change to an event: `headers.x-team=blue`.

use std::str::FromStr;

use serde_json::{Map, Value};

/// A place in a document, and what to put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Names and numbers, outermost first.
    path: Vec<String>,
    text: String,
}

impl FromStr for Change {
    type Err = String;

    /// Dots part names; `\.` is a dot in one.
    fn from_str(text: &str) -> Result<Self, String> {
        let (path, text) = text.split_once('=').ok_or("expected PATH=VALUE")?;
        const DOT: char = '\u{0}';
        let escaped = path.replace("\\.", &DOT.to_string());
        let path: Vec<String> = escaped.split('.').map(|name| name.replace(DOT, ".")).collect();
        if path.iter().any(String::is_empty) {
            return Err("expected PATH=VALUE, with names and numbers parted by dots".to_owned());
        }
        Ok(Self { path, text: text.to_owned() })
    }
}

impl Change {
    /// Members that are missing are made, elements of lists are not.
    pub(super) fn apply(&self, event: &mut Value) -> Result<(), String> {
        let mut place = event;
        for name in &self.path {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            place = match place {
                Value::Object(members) => {
                    // The names of headers are written in any case.
                    let same = members.keys().find(|it| it.eq_ignore_ascii_case(name)).cloned();
                    members.entry(same.unwrap_or_else(|| name.clone())).or_insert(Value::Null)
                }
                Value::Array(values) => {
                    let count = values.len();
                    let at = name.parse().ok().filter(|at| *at < count);
                    let at: usize =
                        at.ok_or_else(|| self.problem(name, &format!("the list has {count}")))?;
                    &mut values[at]
                }
                _ => return Err(self.problem(name, "there is nothing below a plain value")),
            };
        }
        *place = self.value(place);
        Ok(())
    }

    /// What was text stays text; elsewhere JSON is read as such.
    fn value(&self, before: &Value) -> Value {
        let text = || Value::String(self.text.clone());
        match before {
            Value::String(_) => text(),
            _ => serde_json::from_str(&self.text).unwrap_or_else(|_| text()),
        }
    }

    fn problem(&self, name: &str, why: &str) -> String {
        format!("{}: `{name}` is not there; {why}", self.path.join("."))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(change: &str) -> Result<Value, String> {
        let mut event = json!({
            "headers": { "X-Team": "red" }, "body": "b", "Records": [{ "body": "1" }], "n": 1,
        });
        change.parse::<Change>()?.apply(&mut event)?;
        Ok(event)
    }

    #[test]
    fn values_are_put_where_the_path_leads() {
        let check = |change: &str, at: &str, expected: Value| {
            let event = changed(change).expect(change);
            assert_eq!(event.pointer(at), Some(&expected), "{change}");
        };
        check("headers.x-team=blue", "/headers/X-Team", json!("blue"));
        check("headers.x-new=1", "/headers/x-new", json!(1));
        check("Records.0.body=7", "/Records/0/body", json!("7"));
        check("body={\"a\": 1}", "/body", json!("{\"a\": 1}"));
        check("n=2", "/n", json!(2));
        check("n=two", "/n", json!("two"));
        check("a.b.c=true", "/a/b/c", json!(true));
        check(r"a\.b=x=y", "/a.b", json!("x=y"));
        check("Records=[]", "/Records", json!([]));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        for wrong in ["body", "=1", "a..b=1", "Records.1.body=1", "Records.x=1", "n.a=1"] {
            assert!(changed(wrong).is_err(), "{wrong}");
        }
    }
}
