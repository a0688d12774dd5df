//! Patterns of JSON events: `{ $.level = "error" && $.took > 100 }`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events>

mod read;

use serde_json::Value;

/// What is asked of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JsonPattern {
    All(Vec<Self>),
    Any(Vec<Self>),
    One(Selector, Condition),
}

/// `$.users[0].name`; `*` stands for every element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Place(usize),
    Each,
}

/// What is asked of one value. One that is not there meets none but [`Condition::NotExists`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Is(Wanted),
    IsNot(Wanted),
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
    Null,
    True,
    False,
    Exists,
    NotExists,
}

/// A text, in which `*` stands for anything, and the number that it may be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    text: String,
    number: Option<f64>,
}

impl JsonPattern {
    /// The problem of one that is not understood, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        read::pattern(text)
    }

    /// What is not JSON matches no pattern.
    pub(crate) fn matches(&self, message: &str) -> bool {
        serde_json::from_str(message).is_ok_and(|event| self.holds(&event))
    }

    fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::One(selector, condition) => {
                let mut found = Vec::new();
                select(&selector.0, event, &mut found);
                match condition {
                    Condition::NotExists => found.is_empty(),
                    condition => found.iter().any(|value| condition.holds(value)),
                }
            }
        }
    }
}

fn select<'a>(steps: &[Step], value: &'a Value, found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else { return found.push(value) };
    match step {
        Step::Name(name) => value.get(name).into_iter().for_each(|it| select(rest, it, found)),
        Step::Place(place) => value.get(place).into_iter().for_each(|it| select(rest, it, found)),
        Step::Each => value.as_array().into_iter().flatten().for_each(|it| select(rest, it, found)),
    }
}

impl Condition {
    fn holds(&self, value: &Value) -> bool {
        let number = || value.as_f64();
        match self {
            Self::Is(wanted) => wanted.is(value),
            Self::IsNot(wanted) => !wanted.is(value),
            Self::Above(bound) => number().is_some_and(|it| it > *bound),
            Self::AtLeast(bound) => number().is_some_and(|it| it >= *bound),
            Self::Below(bound) => number().is_some_and(|it| it < *bound),
            Self::AtMost(bound) => number().is_some_and(|it| it <= *bound),
            Self::Null => value.is_null(),
            Self::True => *value == Value::Bool(true),
            Self::False => *value == Value::Bool(false),
            Self::Exists => true,
            Self::NotExists => false,
        }
    }
}

impl Wanted {
    fn is(&self, value: &Value) -> bool {
        match (value, self.number) {
            (Value::Number(given), Some(wanted)) => given.as_f64() == Some(wanted),
            (Value::String(given), _) => fits(&self.text, given),
            (Value::Bool(given), _) => self.text == given.to_string(),
            _ => false,
        }
    }
}

/// Whether a text fits, where `*` stands for any number of characters. Looks at each once for every
/// part between stars.
fn fits(wanted: &str, given: &str) -> bool {
    let mut parts = wanted.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = given.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let parsed = JsonPattern::parse(pattern).expect(pattern);
        for event in matching {
            assert!(parsed.matches(event), "{pattern} should match {event}");
        }
        for event in others {
            assert!(!parsed.matches(event), "{pattern} should not match {event}");
        }
    }

    #[test]
    fn values_are_compared() {
        check(
            r#"{ $.level = "error" }"#,
            &[r#"{"level":"error"}"#],
            &[r#"{"level":"info"}"#, "error"],
        );
        check("{$.level=error}", &[r#"{"level":"error"}"#], &["{}"]);
        check("{ $.a.b[1] = x* }", &[r#"{"a":{"b":[0,"xyz"]}}"#], &[r#"{"a":{"b":["xyz"]}}"#]);
        check(
            "{ $.took > 1.5e2 }",
            &[r#"{"took":151}"#],
            &[r#"{"took":150}"#, r#"{"took":"151"}"#],
        );
        check("{ $.n = 404 }", &[r#"{"n":404}"#, r#"{"n":"404"}"#], &[r#"{"n":405}"#]);
        check("{ $.n != 404 }", &[r#"{"n":405}"#], &[r#"{"n":404}"#, "{}"]);
        check(
            "{ $.users[*].name = \"*a*b\" }",
            &[r#"{"users":[{"name":"c"},{"name":"xaxb"}]}"#],
            &[r#"{"users":[]}"#],
        );
        check(r#"{ $.["a b"].['c'] = 1 }"#, &[r#"{"a b":{"c":1}}"#], &["{}"]);
    }

    #[test]
    fn what_is_there_is_asked() {
        check("{ $.a IS NULL }", &[r#"{"a":null}"#], &[r#"{"a":0}"#, "{}"]);
        check("{ $.a IS TRUE }", &[r#"{"a":true}"#], &[r#"{"a":"true"}"#]);
        check("{ $.a IS FALSE }", &[r#"{"a":false}"#], &["{}"]);
        check("{ $.a NOT EXISTS }", &["{}"], &[r#"{"a":null}"#]);
        check("{ $.a EXISTS }", &[r#"{"a":null}"#], &["{}"]);
    }

    #[test]
    fn and_binds_closer_than_or() {
        let pattern = "{ $.a = 1 || $.a = 2 && $.b = 3 }";
        check(pattern, &[r#"{"a":1}"#, r#"{"a":2,"b":3}"#], &[r#"{"a":2}"#, r#"{"b":3}"#]);
        let pattern = "{ ($.a = 1 || $.a = 2) && ($.b = 3) }";
        check(pattern, &[r#"{"a":1,"b":3}"#], &[r#"{"a":1}"#]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let deep = format!("{{ {} $.a = 1 }}", "(".repeat(1_000));
        for pattern in [
            "{",
            "{ }",
            "{ a = 1 }",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a > x }",
            "{ $.a = 1",
            "{ $.a = 1 } x",
            "{ ($.a = 1 }",
            "{ $.a IS 1 }",
            "{ $.a = \"x }",
            "{ $.a[x] = 1 }",
            "{ $.a = %x% }",
            "{ $. = 1 }",
            &deep,
        ] {
            assert!(JsonPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
