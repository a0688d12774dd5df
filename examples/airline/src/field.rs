//! Reads the members of a body one after another and collects everything that is wrong with them.

use serde_json::{Map, Value, json};

use crate::Refusal;
use crate::refusal::Problem;

/// An object being read.
pub(crate) struct Fields<'a> {
    members: &'a Map<String, Value>,
    place: Vec<Value>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of_body(members: &'a Map<String, Value>) -> Self {
        Self { members, place: vec![json!("body")], problems: Vec::new() }
    }

    /// The value, or everything that is wrong.
    pub(crate) fn finish<T>(self, value: impl FnOnce() -> Option<T>) -> Result<T, Refusal> {
        match value() {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Refusal::Invalid(self.problems)),
        }
    }

    /// Names may be written in either spelling; `flightNumber` wins over `flight_number`.
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).or_else(|| self.members.get(&snake_case(name)))
    }

    fn refuse(&mut self, name: &str, text: &str, kind: &'static str) {
        let place = [self.place.as_slice(), &[json!(name)]].concat();
        self.problems.push(Problem::new(&place, text, kind));
    }

    fn required(&mut self, name: &str) -> Option<&'a Value> {
        let member = self.member(name);
        match member {
            None => self.refuse(name, "field required", "value_error.missing"),
            Some(Value::Null) => {
                let text = "none is not an allowed value";
                self.refuse(name, text, "type_error.none.not_allowed");
            }
            Some(_) => return member,
        }
        None
    }

    /// Space around it does not count; numbers are taken for their text.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.required(name)?;
        let text = text(value);
        if text.is_none() {
            self.refuse(name, "str type expected", "type_error.str");
        }
        text
    }

    /// A text with at least one character.
    pub(crate) fn filled(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if !text.is_empty() {
            return Some(text);
        }
        let what = "ensure this value has at least 1 characters";
        self.refuse(name, what, "value_error.any_str.min_length");
        if let Some(problem) = self.problems.last_mut() {
            problem.details = Some(json!({ "limit_value": 1 }));
        }
        None
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.member(name)? {
            Value::Null => None,
            _ => self.text(name),
        }
    }

    /// A day as `1990-01-01`, or a point in time within it in seconds since 1970.
    pub(crate) fn date(&mut self, name: &str) -> Option<jiff::civil::Date> {
        let date = match self.required(name)? {
            Value::String(text) => match text.trim().parse() {
                Ok(seconds) => day_of(seconds),
                Err(_) => day(text),
            },
            Value::Number(seconds) => seconds.as_f64().and_then(day_of),
            _ => {
                let text = "invalid type; expected date, string, bytes, int or float";
                self.refuse(name, text, "type_error");
                return None;
            }
        };
        if date.is_none() {
            self.refuse(name, "invalid date format", "value_error.date");
        }
        date
    }

    /// Each item of a list of objects.
    pub(crate) fn each<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::Array(items) = self.required(name)? else {
            self.refuse(name, "value is not a valid list", "type_error.list");
            return None;
        };
        let mut values = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = [self.place.as_slice(), &[json!(name), json!(index)]].concat();
            let Value::Object(members) = item else {
                let text = "value is not a valid dict";
                self.problems.push(Problem::new(&place, text, "type_error.dict"));
                continue;
            };
            let mut fields = Fields { members, place, problems: Vec::new() };
            values.extend(read(&mut fields));
            self.problems.append(&mut fields.problems);
        }
        Some(values)
    }
}

/// An id in a path.
pub(crate) fn id(name: &str, text: &str) -> Result<uuid::Uuid, Refusal> {
    uuid::Uuid::parse_str(text).map_err(|_| {
        let place = [json!("path"), json!(name)];
        let text = "value is not a valid uuid";
        Refusal::Invalid(vec![Problem::new(&place, text, "type_error.uuid")])
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn day(text: &str) -> Option<jiff::civil::Date> {
    let numbers: Vec<&str> = text.split('-').collect();
    let [year, month, day] = numbers.as_slice() else { return None };
    let is_number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(year, 4..=4) || !is_number(month, 1..=2) || !is_number(day, 1..=2) {
        return None;
    }
    jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Whoever counts in milliseconds is understood.
fn day_of(since_1970: f64) -> Option<jiff::civil::Date> {
    const WATERSHED: f64 = 2e10;
    let mut seconds = since_1970;
    while seconds.is_finite() && seconds.abs() > WATERSHED {
        seconds /= 1_000.0;
    }
    let seconds = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    let time = jiff::Timestamp::from_duration(seconds).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_text_and_as_seconds() {
        let text = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
        assert_eq!(text(day("1990-1-01")).as_deref(), Some("1990-01-01"));
        assert_eq!(text(day("1990-02-30")), None);
        assert_eq!(text(day("01/02/1990")), None);
        assert_eq!(text(day_of(631_152_000.0)).as_deref(), Some("1990-01-01"));
        assert_eq!(text(day_of(631_152_000_000.0)).as_deref(), Some("1990-01-01"));
        assert_eq!(text(day_of(f64::INFINITY)), None);
    }

    #[test]
    fn names_have_two_spellings() {
        assert_eq!(snake_case("passportNumber"), "passport_number");
    }
}
