//! One `name: value` line.

use super::Refusal;

/// A field line without its line end, split. Shared by heads and trailers, of requests and answers.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub name: &'a [u8],
    /// Without the white space around it.
    pub value: &'a [u8],
}

impl<'a> Field<'a> {
    pub fn parse(line: &'a [u8]) -> Result<Self, Refusal> {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(Refusal::FoldedLine);
        }
        let colon = line.iter().position(|&byte| !is_token_byte(byte)).ok_or(Refusal::FieldName)?;
        if colon == 0 || line[colon] != b':' {
            return Err(Refusal::FieldName);
        }
        let value = &line[colon + 1..];
        if has_control_character(value) {
            return Err(Refusal::ControlCharacter);
        }
        Ok(Self { name: &line[..colon], value: trim(value) })
    }

    pub(super) fn is_named(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"!#$%&'*+-.^_`|~";
    let mut mark = 0;
    while mark < marks.len() {
        table[marks[mark] as usize] = true;
        mark += 1;
    }
    table
};

/// Without early exit, so that it runs on vectors.
fn has_control_character(value: &[u8]) -> bool {
    value
        .iter()
        .fold(false, |found, &byte| found | ((byte < b' ') & (byte != b'\t')) | (byte == 127))
}

/// Cuts spaces and tabs, and no other white space, off both ends.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
