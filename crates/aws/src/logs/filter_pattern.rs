//! Which events a filter pattern matches: words that must be there, `?words` of which one must be,
//! `-words` that must not; or, in braces, what is asked of JSON.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

mod json;

use super::events::invalid;
use crate::error::AwsError;
use json::JsonPattern;

#[derive(Debug, PartialEq)]
pub(crate) enum FilterPattern {
    Words(Words),
    Json(JsonPattern),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    required: Vec<String>,
    optional: Vec<String>,
    excluded: Vec<String>,
}

impl FilterPattern {
    /// An empty pattern matches everything.
    pub(crate) fn parse(text: &str) -> Result<Self, AwsError> {
        let text = text.trim_start();
        match text.as_bytes().first() {
            Some(b'{') => JsonPattern::parse(text)
                .map(Self::Json)
                .map_err(|problem| invalid(format!("Invalid filter pattern: {problem}"))),
            Some(b'[') => Err(invalid(
                "filter patterns for fields are not supported by this server; use words or JSON",
            )),
            _ => Words::parse(text).map(Self::Words),
        }
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Words(words) => words.match_all(message),
            Self::Json(pattern) => pattern.matches(message),
        }
    }
}

impl Words {
    fn parse(text: &str) -> Result<Self, AwsError> {
        let mut pattern = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (terms, after) = match rest.as_bytes()[0] {
                b'?' => (&mut pattern.optional, &rest[1..]),
                b'-' => (&mut pattern.excluded, &rest[1..]),
                _ => (&mut pattern.required, rest),
            };
            let (term, after) = term(after)?;
            terms.push(term);
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    fn match_all(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        // Beside words that must be there, those that may be decide nothing.
        let found = match self.required.is_empty() {
            true => self.optional.is_empty() || self.optional.iter().any(has),
            false => self.required.iter().all(has),
        };
        found && !self.excluded.iter().any(has)
    }
}

/// A word, or what stands between quotation marks; and what follows.
fn term(text: &str) -> Result<(String, &str), AwsError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if word.is_empty() || word.starts_with('%') {
            return Err(invalid("Invalid filter pattern: a word or a quoted text is expected"));
        }
        return Ok((word.to_owned(), rest));
    };
    self::quoted(quoted)
        .ok_or_else(|| invalid("Invalid filter pattern: a quotation mark is missing"))
}

/// What stands before the quotation mark that ends it, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((word, &text[at + 1..])),
            '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
            other => word.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let parsed = FilterPattern::parse(pattern).expect("a pattern");
        for message in matching {
            assert!(parsed.matches(message), "{pattern} should match {message}");
        }
        for message in others {
            assert!(!parsed.matches(message), "{pattern} should not match {message}");
        }
    }

    #[test]
    fn words_decide() {
        check("", &["anything", ""], &[]);
        check("ERROR", &["[ERROR] no"], &["error", "fine"]);
        check("ERROR timeout", &["timeout: ERROR"], &["ERROR", "timeout"]);
        check("?ERROR ?WARN", &["WARN x", "ERROR"], &["INFO"]);
        check("ERROR -Exiting", &["ERROR a"], &["ERROR Exiting", "Exiting"]);
        check("-noise", &["music"], &["noise"]);
        check("ERROR ?WARN", &["ERROR"], &["WARN"]);
        check(
            r#""INTERNAL SERVER" -"by \"x\"""#,
            &["INTERNAL SERVER"],
            &["INTERNAL", r#"INTERNAL SERVER by "x""#],
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in ["{ $.level \"ERROR\" }", "[a, b]", "\"open", "- x", "%regex%"] {
            assert!(FilterPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
