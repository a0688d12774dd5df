//! Reads the body of a request as JSON, and says where it stops being that.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use crate::Refusal;
use crate::refusal::Problem;

/// The members of a body that is a JSON object.
pub(crate) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    let refuse = |text, kind| Refusal::Invalid(vec![Problem::new(&[json!("body")], text, kind)]);
    if body.is_empty() {
        return Err(refuse("field required", "value_error.missing"));
    }
    let not_an_object = refuse("value is not a valid dict", "type_error.dict");
    if !is_json(headers) {
        return Err(not_an_object);
    }
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Null) => Err(refuse("field required", "value_error.missing")),
        Ok(_) => Err(not_an_object),
        Err(_) => Err(Refusal::Invalid(vec![problem(&text)])),
    }
}

/// A body without a type is taken for JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

fn problem(text: &str) -> Problem {
    let (what, at) = Scan { rest: text.char_indices().peekable(), count: 0 }.fault();
    let before: String = text.chars().take(at).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    Problem {
        place: vec![json!("body"), json!(at)],
        text: format!("{what}: line {line} column {column} (char {at})"),
        kind: "value_error.jsondecode",
        details: Some(json!({
            "msg": what, "doc": text, "pos": at, "lineno": line, "colno": column
        })),
    }
}

type Fault = (&'static str, usize);

/// Walks over a text to the first character that JSON does not have there. Positions count
/// characters.
struct Scan<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    count: usize,
}

/// Values inside of values beyond this are not looked at.
const DEEPEST: usize = 128;

impl Scan<'_> {
    fn fault(mut self) -> Fault {
        match self.value(0) {
            Err(fault) => fault,
            Ok(()) => {
                self.skip_space();
                ("Extra data", self.count)
            }
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, c)| *c)
    }

    fn next(&mut self) -> Option<char> {
        self.count += 1;
        self.rest.next().map(|(_, c)| c)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        self.skip_space();
        let start = self.count;
        match self.peek() {
            Some('{') if depth < DEEPEST => self.members(depth),
            Some('[') if depth < DEEPEST => self.items(depth),
            Some('"') => self.string(),
            Some(c) if c.is_ascii_alphanumeric() || c == '-' => {
                let mut word = String::new();
                while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
                    word.extend(self.next());
                }
                match serde_json::from_str::<Value>(&word) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(("Expecting value", start)),
                }
            }
            _ => Err(("Expecting value", start)),
        }
    }

    fn members(&mut self, depth: usize) -> Result<(), Fault> {
        const NAME: &str = "Expecting property name enclosed in double quotes";
        self.next();
        self.skip_space();
        if self.peek() == Some('}') {
            self.next();
            return Ok(());
        }
        loop {
            self.skip_space();
            if self.peek() != Some('"') {
                return Err((NAME, self.count));
            }
            self.string()?;
            self.skip_space();
            if self.peek() != Some(':') {
                return Err(("Expecting ':' delimiter", self.count));
            }
            self.next();
            self.value(depth + 1)?;
            if self.ends('}')? {
                return Ok(());
            }
        }
    }

    fn items(&mut self, depth: usize) -> Result<(), Fault> {
        self.next();
        self.skip_space();
        if self.peek() == Some(']') {
            self.next();
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if self.ends(']')? {
                return Ok(());
            }
        }
    }

    /// Whether a collection is over, as opposed to followed by a comma.
    fn ends(&mut self, close: char) -> Result<bool, Fault> {
        self.skip_space();
        match self.peek() {
            Some(',') => {
                self.next();
                Ok(false)
            }
            Some(c) if c == close => {
                self.next();
                Ok(true)
            }
            _ => Err(("Expecting ',' delimiter", self.count)),
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.count;
        self.next();
        loop {
            match self.peek() {
                None => return Err(("Unterminated string starting at", start)),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('\\') => {
                    let at = self.count;
                    self.next();
                    match self.next() {
                        None => return Err(("Unterminated string starting at", start)),
                        Some('u') => self.escaped()?,
                        Some(c) if r#""\/bfnrt"#.contains(c) => {}
                        Some(_) => return Err(("Invalid \\escape", at)),
                    }
                }
                Some(c) if c < ' ' => return Err(("Invalid control character at", self.count)),
                Some(_) => {
                    self.next();
                }
            }
        }
    }

    /// What follows `\u`. Half of a surrogate pair is no character.
    fn escaped(&mut self) -> Result<(), Fault> {
        let fault = ("Invalid \\uXXXX escape", self.count - 1);
        let is_first_half = match self.unit().ok_or(fault)? {
            0xdc00..=0xdfff => return Err(fault),
            unit => (0xd800..=0xdbff).contains(&unit),
        };
        if !is_first_half {
            return Ok(());
        }
        if (self.next(), self.next()) != (Some('\\'), Some('u')) {
            return Err(fault);
        }
        let at = self.count - 1;
        let second = self.unit().ok_or((fault.0, at))?;
        if (0xdc00..=0xdfff).contains(&second) { Ok(()) } else { Err(fault) }
    }

    /// Four digits, which are not the last of the text.
    fn unit(&mut self) -> Option<u32> {
        let digits = [self.next()?, self.next()?, self.next()?, self.next()?];
        self.peek()?;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + digit.to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_fault_is_told_as_python_tells_it() {
        for (text, expected) in [
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (r#"{"a""#, "Expecting ':' delimiter: line 1 column 5 (char 4)"),
            (r#"{"a":"#, "Expecting value: line 1 column 6 (char 5)"),
            ("{\"a\": 1\n \"b\": 2}", "Expecting ',' delimiter: line 2 column 2 (char 9)"),
            (r#"{"é": 1} x"#, "Extra data: line 1 column 10 (char 9)"),
            (r#"["a"#, "Unterminated string starting at: line 1 column 2 (char 1)"),
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("nul", "Expecting value: line 1 column 1 (char 0)"),
            (r#"["\x"]"#, "Invalid \\escape: line 1 column 3 (char 2)"),
            (r#"["é\u+123"]"#, "Invalid \\uXXXX escape: line 1 column 5 (char 4)"),
            (r#"["\u12"#, "Invalid \\uXXXX escape: line 1 column 4 (char 3)"),
            (r#"["\u1234"#, "Invalid \\uXXXX escape: line 1 column 4 (char 3)"),
            (r#"["\ud800\u00"]"#, "Invalid \\uXXXX escape: line 1 column 10 (char 9)"),
            (r#"["\ud83d\ude00", "\ud83d"]"#, "Invalid \\uXXXX escape: line 1 column 20 (char 19)"),
            (r#"["\ude00"]"#, "Invalid \\uXXXX escape: line 1 column 4 (char 3)"),
            (r#"["\u0041" 1]"#, "Expecting ',' delimiter: line 1 column 11 (char 10)"),
        ] {
            assert_eq!(problem(text).text, expected, "{text}");
        }
    }
}
