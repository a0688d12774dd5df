//! Decides which messages a function gets; the others are deleted from the queue.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html>

use model::pattern::{Pattern, PatternProblem};
use serde_json::Value;

/// The patterns of a mapping, of which one must match. Without any, everything matches.
#[derive(Debug, Default)]
pub(crate) struct Filter(Vec<Pattern>);

impl Filter {
    pub(crate) fn compile(patterns: &[String]) -> Result<Self, PatternProblem> {
        let compiled = patterns.iter().map(|pattern| Pattern::compile(pattern));
        Ok(Self(compiled.collect::<Result<_, _>>()?))
    }

    /// `record` is the message as the function would get it. A body that is a JSON object is
    /// matched as that, any other as the text it is.
    pub(crate) fn takes(&self, record: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Ok(mut record) = serde_json::from_str::<Value>(record) else { return false };
        if let Some(body) = record.get_mut("body")
            && let Some(Ok(read)) = body.as_str().map(serde_json::from_str::<Value>)
            && read.is_object()
        {
            *body = read;
        }
        self.0.iter().any(|pattern| pattern.matches(&record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(patterns: &[&str], body: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let record = serde_json::json!({"messageId": "1", "body": body}).to_string();
        Filter::compile(&patterns).expect("patterns").takes(&record)
    }

    #[test]
    fn bodies_match_as_json_or_as_text() {
        let warm = r#"{"body":{"temperature":[{"numeric":[">",30]}]}}"#;
        let hello = r#"{"body":["hello"]}"#;
        for (patterns, body, expected) in [
            (&[][..], "anything", true),
            (&[warm][..], r#"{"temperature":31}"#, true),
            (&[warm][..], r#"{"temperature":30}"#, false),
            (&[warm][..], "temperature 31", false),
            (&[hello][..], "hello", true),
            (&[hello][..], r#"{"hello":1}"#, false),
            (&[warm, hello][..], "hello", true),
            (&[r#"{"messageId":["1"]}"#][..], "x", true),
        ] {
            assert_eq!(takes(patterns, body), expected, "{patterns:?} {body}");
        }
    }
}
