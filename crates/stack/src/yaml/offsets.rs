//! The parser counts characters, everything else bytes.

use saphyr_parser::Span as ParserSpan;

use crate::source::Span;

/// Turns the parser's character positions into byte positions.
pub(super) struct Offsets {
    /// Byte offset of each character; empty when the text is ASCII and both are the same.
    bytes: Vec<usize>,
    end: usize,
}

impl Offsets {
    pub(super) fn of(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| offset).collect()
        };
        Self { bytes, end: text.len() }
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.end);
        }
        self.bytes.get(character).copied().unwrap_or(self.end)
    }

    pub(super) fn span(&self, span: ParserSpan) -> Span {
        let start = self.byte(span.start.index());
        Span { start, end: self.byte(span.end.index()).max(start) }
    }
}
