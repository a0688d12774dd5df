//! `NAME=VALUE` as `--set` and `TIDEGATE_SET` have it.

/// Names with their values, of one `--set`.
pub(crate) type Parameters = Vec<(String, String)>;

/// `name=value`, or several with commas between them. A comma that no `name=` follows is its value's, and
/// so is one after a backslash.
pub(crate) fn parameters(text: &str) -> Result<Parameters, String> {
    let mut pairs: Vec<String> = Vec::new();
    for part in text.split(',') {
        match pairs.last_mut() {
            Some(before) if before.ends_with('\\') => {
                before.pop();
                before.push(',');
                before.push_str(part);
            }
            Some(before) if !begins_one(part) => {
                before.push(',');
                before.push_str(part);
            }
            _ => pairs.push(part.to_owned()),
        }
    }
    pairs.iter().map(|pair| parameter(pair)).collect()
}

/// One of them.
pub(crate) fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

fn begins_one(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_of_values_stay_there() {
        let pairs = |text| {
            let read = parameters(text).expect("parameters");
            read.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs("rpm=60"), ["rpm: 60"]);
        assert_eq!(pairs("rpm=60,stage=prod"), ["rpm: 60", "stage: prod"]);
        assert_eq!(pairs("ids=a,b,c,stage=prod"), ["ids: a,b,c", "stage: prod"]);
        assert_eq!(pairs("json={\"a\": 1, \"b=\": 2},"), ["json: {\"a\": 1, \"b=\": 2},"]);
        assert_eq!(pairs(r"url=Server=a\,Port=1,rpm=60"), ["url: Server=a,Port=1", "rpm: 60"]);
        assert_eq!(pairs("empty=,rpm="), ["empty: ", "rpm: "]);
        for wrong in ["", "rpm", ",rpm=60", "=60"] {
            assert_eq!(parameters(wrong), Err("expected NAME=VALUE".to_owned()), "{wrong}");
        }
    }
}
