//! How the command ends: exit codes that scripts may rely on, and failures that say what to do.

use std::process::ExitCode;

use crate::output;

/// The stable exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    /// The operation failed.
    Failed,
    /// The arguments or the manifest are wrong.
    Usage,
    /// `invoke`: the function itself reported an error.
    FunctionError,
    NotFound,
    /// A signal ended work that had not finished.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::FunctionError => 3,
            Exit::NotFound => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// Empty when everything has been said already.
    text: String,
    help: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into(), help: None }
    }

    /// Ends the command without a further word.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::new(Exit::Failed, text)
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Prints to standard error and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        if !self.text.is_empty() {
            output::note_line(format_args!("error: {}", self.text));
        }
        if let Some(help) = self.help {
            output::note_line(format_args!("  help: {help}"));
        }
        self.exit.into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
