//! The paths by which targets name parts of events: `$.detail.items[0].name`.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>

use serde_json::Value;

/// Whether the text is a path.
pub fn is_json_path(path: &str) -> bool {
    steps(path).is_some()
}

/// The part of `event` at `path`; nothing when it is not there.
pub(crate) fn find<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path)?.into_iter().try_fold(event, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Index(at) => value.get(at),
    })
}

enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            let (name, further) = behind.split_at(end);
            let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
            if name.is_empty() || !is_name {
                return None;
            }
            steps.push(Step::Member(name));
            rest = further;
        } else {
            let (inside, further) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = inside.strip_prefix(['\'', '"']).zip(inside.chars().next());
            steps.push(match quoted {
                Some((name, quote)) => Step::Member(name.strip_suffix(quote)?),
                None => Step::Index(inside.parse().ok()?),
            });
            rest = further;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_parts() {
        let event = serde_json::json!({
            "detail-type": "x", "detail": {"items": [{"name": "a"}, {"name": "b"}], "a.b": 1}
        });
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(find(&event, path).map(Value::to_string).as_deref(), expected, "{path}");
        };
        check("$.detail-type", Some("\"x\""));
        check("$.detail.items[1].name", Some("\"b\""));
        check("$['detail']['a.b']", Some("1"));
        check("$.detail.items[2]", None);
        check("$.nothing", None);
        assert_eq!(find(&event, "$"), Some(&event));
        for path in ["", "detail", "$detail", "$.", "$.a..b", "$.a[x]", "$.a[0", "$.*", "$['a]"] {
            assert!(!is_json_path(path), "{path}");
        }
    }
}
