//! Standard output: written whole, and a reader that went away ends the command in silence. Standard error:
//! written as far as somebody reads it.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};

use serde::Serialize;

use crate::exit::{Exit, Failure};

/// Writes to standard output. `tidegate ... | head` is a normal end, not an error.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::silent(Exit::Done)),
        other => other.map_err(Failure::from),
    }
}

pub(crate) fn line(text: &str) -> Result<(), Failure> {
    write(format!("{text}\n").as_bytes())
}

/// One JSON object on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::failed(e.to_string()))?;
    line(&text)
}

/// Writes to standard error. Whoever closed it wants nothing told, and the answer and the exit code all the same.
pub(crate) fn note(text: impl Display) {
    let _ = std::io::stderr().lock().write_all(text.to_string().as_bytes());
}

pub(crate) fn note_line(text: impl Display) {
    note(format_args!("{text}\n"));
}

/// Whether colour and movement suit this stream: a terminal, and no `NO_COLOR`.
/// <https://no-color.org>
pub(crate) fn is_colourful(stream: &impl IsTerminal) -> bool {
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    stream.is_terminal()
}

/// How the problems of a manifest are drawn on standard error.
pub(crate) fn look() -> stack::Look {
    if is_colourful(&std::io::stderr()) {
        return stack::Look::Graphical { width: width() };
    }
    stack::Look::Plain
}

/// Columns of the terminal, within what is comfortable to read.
fn width() -> usize {
    let columns = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(100, |size| size.ws_col);
    usize::from(columns).clamp(60, 120)
}
