//! The text of a manifest, and places in it.

use std::borrow::Cow;
use std::ops::Range;

use crate::problem::{Code, Problem, Problems};

/// Far more than people write; what is larger is the wrong file.
pub(crate) const MAX_BYTES: usize = 1 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A manifest's text with the name it is reported under.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The path as the caller gave it.
    pub name: String,
    pub text: String,
}

/// A range of bytes of a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl Source {
    /// Checks size and encoding.
    pub fn from_bytes(name: String, bytes: Vec<u8>) -> Result<Self, Problems> {
        if bytes.len() > MAX_BYTES {
            let problem = Problem::new(
                Code::TooLarge,
                format!("the manifest is larger than {MAX_BYTES} bytes"),
            );
            let source = Self { name, text: String::new() };
            return Err(Problems::new(source, vec![problem]));
        }
        match String::from_utf8(bytes) {
            Ok(mut text) => {
                if text.starts_with(BYTE_ORDER_MARK) {
                    text.remove(0);
                }
                Ok(Self { name, text })
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let problem = Problem::new(Code::NotUtf8, "the manifest is not UTF-8")
                    .at(Span { start: valid, end: valid + '\u{fffd}'.len_utf8() }, "this byte")
                    .help("save the file as UTF-8");
                Err(Problems::new(Self { name, text }, vec![problem]))
            }
        }
    }

    pub fn place(&self, offset: usize) -> Place {
        let before = &self.text[..self.floor(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

/// Puts asterisks in the place of passwords in addresses such as `http://me:secret@host`, so that
/// no problem repeats one. Rather hides too much; keeps every byte's place.
pub(crate) fn conceal(text: &str) -> Cow<'_, str> {
    let mut concealed = String::new();
    let mut kept = 0;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let mut next = 0;
    for word in text.split_inclusive(ends) {
        let start = next;
        next += word.len();
        let Some(at) = word.rfind('@') else {
            continue;
        };
        let end = start + at;
        let name = word.find("://").map_or(start, |scheme| start + scheme + 3);
        let Some(colon) = text.get(name..end).and_then(|user| user.find(':')) else {
            continue;
        };
        let password = name + colon + 1;
        concealed.push_str(&text[kept..password]);
        concealed.extend(std::iter::repeat_n('*', end - password));
        kept = end;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    concealed.push_str(&text[kept..]);
    Cow::Owned(concealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_concealed() {
        let cases = [
            ("url: http://me:secret@host:80/a", "url: http://me:******@host:80/a"),
            ("{ a: me:s/e@c@host, b: \"x:y@z\" }", "{ a: me:*****@host, b: \"x:*@z\" }"),
            ("`redis://:ü@host`", "`redis://:**@host`"),
            ("http://me@host:80 a:b @ c", "http://me@host:80 a:b @ c"),
            ("mail: me@host", "mail: me@host"),
        ];
        for (text, expected) in cases {
            assert_eq!(conceal(text), expected);
            assert_eq!(conceal(text).len(), text.len());
        }
    }

    #[test]
    fn places_count_characters() {
        let source = Source { name: String::new(), text: "a: é\nbé: c".into() };
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(5), Place { line: 1, column: 5 });
        assert_eq!(source.place(6), Place { line: 2, column: 1 });
        assert_eq!(source.place(9), Place { line: 2, column: 3 });
        assert_eq!(source.place(999), Place { line: 2, column: 6 });
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let problems = Source::from_bytes("x".into(), vec![b' '; MAX_BYTES + 1]).unwrap_err();
        assert_eq!(problems.all[0].message, "the manifest is larger than 1048576 bytes");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_pointed_at() {
        let problems = Source::from_bytes("x".into(), b"name: \xff\n".to_vec()).unwrap_err();
        let problem = &problems.all[0];
        assert_eq!(problem.code, Code::NotUtf8);
        let span = problem.place.as_ref().expect("a place").span;
        assert_eq!(&problems.source.text[span.range()], "\u{fffd}");
    }
}
