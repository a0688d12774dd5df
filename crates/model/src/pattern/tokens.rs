//! A pattern's text as a sequence of JSON tokens, and the place of each as AWS's messages give it.

use serde_json::{Number, Value};

/// Why a pattern was refused. Shown as AWS says it, with the place on a second line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternProblem {
    pub message: String,
    /// Line and column, from 1, and the text they count in. `None` for text that is no JSON.
    pub place: Option<(usize, usize)>,
    source: String,
}

impl std::fmt::Display for PatternProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        let Some((line, column)) = self.place else { return Ok(()) };
        let source = Excerpt(&self.source);
        write!(f, "\n at [Source: (String){source}; line: {line}, column: {column}]")
    }
}

impl std::error::Error for PatternProblem {}

/// The source in quotes, of which 500 characters are shown.
struct Excerpt<'a>(&'a str);

const MOST_SHOWN: usize = 500;

impl std::fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((end, _)) = self.0.char_indices().nth(MOST_SHOWN) else {
            return write!(f, "\"{}\"", self.0);
        };
        let truncated = self.0[end..].chars().count();
        write!(f, "\"{}\"[truncated {truncated} chars]", &self.0[..end])
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    StartObject,
    EndObject,
    StartArray,
    EndArray,
    Name(String),
    Text(String),
    Number(Number),
    /// Null or a truth value.
    Literal(Value),
}

/// Reads one token after another. The text is known to be JSON; what stands between tokens is
/// therefore passed over without a look.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Where a message about the token that was read last points to.
    place: usize,
    /// Whether the container we are in, and those around it, are objects.
    within: Vec<Within>,
    expects_name: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Object,
    Array,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Result<Self, PatternProblem> {
        // Also refuses what is nested too deeply for anybody's good.
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
            || serde_json::from_str::<Value>(text).is_err()
        {
            let message = "failed to parse JSON.".to_owned();
            return Err(PatternProblem { message, place: None, source: text.to_owned() });
        }
        Ok(Self { text, at: 0, place: 0, within: Vec::new(), expects_name: false })
    }

    /// `None` after the end.
    pub(super) fn next(&mut self) -> Option<Token> {
        self.pass(b" \t\r\n,:");
        let first = *self.text.as_bytes().get(self.at)?;
        let token = match first {
            b'{' => self.open(Within::Object),
            b'[' => self.open(Within::Array),
            b'}' | b']' => self.close(first),
            b'"' if self.expects_name => self.name()?,
            b'"' => self.string()?,
            _ => self.scalar()?,
        };
        let is_value = !matches!(token, Token::Name(_) | Token::StartObject);
        if is_value {
            self.expects_name = self.within.last() == Some(&Within::Object);
        }
        Some(token)
    }

    /// To be called once the text of a [`Token::Text`] counts: messages then point behind it.
    pub(super) fn took_text(&mut self) {
        self.place = self.at;
    }

    pub(super) fn problem(&self, message: impl Into<String>) -> PatternProblem {
        let before = &self.text[..self.place];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let source = self.text.to_owned();
        PatternProblem { message: message.into(), place: Some((line, column)), source }
    }

    fn open(&mut self, within: Within) -> Token {
        self.at += 1;
        self.place = self.at;
        self.within.push(within);
        self.expects_name = within == Within::Object;
        match within {
            Within::Object => Token::StartObject,
            Within::Array => Token::StartArray,
        }
    }

    fn close(&mut self, bracket: u8) -> Token {
        self.at += 1;
        self.place = self.at;
        self.within.pop();
        if bracket == b'}' { Token::EndObject } else { Token::EndArray }
    }

    /// A message about a name points behind what its value begins with.
    fn name(&mut self) -> Option<Token> {
        let name: String = self.parsed()?;
        let end = self.at;
        self.pass(b" \t\r\n:");
        match self.text.as_bytes().get(self.at)? {
            b'{' | b'[' | b'"' => self.place = self.at + 1,
            _ => {
                self.scalar()?;
            }
        }
        self.at = end;
        self.expects_name = false;
        Some(Token::Name(name))
    }

    fn string(&mut self) -> Option<Token> {
        let start = self.at;
        let text = self.parsed()?;
        self.place = start + 1;
        Some(Token::Text(text))
    }

    fn scalar(&mut self) -> Option<Token> {
        let value: Value = self.parsed()?;
        self.place = self.at;
        Some(match value {
            Value::Number(number) => Token::Number(number),
            literal => Token::Literal(literal),
        })
    }

    /// The value that begins here.
    fn parsed<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    fn pass(&mut self, bytes: &[u8]) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| bytes.contains(byte)).count();
    }
}
