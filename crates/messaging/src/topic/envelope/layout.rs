//! Spaces and lines as SNS sets them: two levels, with spaces around colons, and the rest in a row.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Members deeper than this stand in a row.
const DEEPEST: usize = 2;

#[derive(Default)]
pub(super) struct Layout {
    depth: usize,
}

impl Layout {
    fn begin_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        if self.depth > DEEPEST {
            return Ok(());
        }
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let is_row = self.depth > DEEPEST;
        self.depth -= 1;
        if !is_row {
            self.begin_line(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.begin_line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let colon: &[u8] = if self.depth > DEEPEST { b":" } else { b" : " };
        writer.write_all(colon)
    }
}
