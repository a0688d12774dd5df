//! The program under test, run to its end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The `tidegate` that was built with these tests, or the one that `TIDEGATE_BIN` names.
#[expect(clippy::disallowed_methods, reason = "a test chooses its program by the environment")]
pub(crate) fn tidegate() -> PathBuf {
    if let Ok(path) = std::env::var("TIDEGATE_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test knows its own program");
    let built = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let program = built.join("tidegate");
    assert!(program.exists(), "{} is missing: cargo build -p tidegate-cli", program.display());
    program
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository is there")
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) exit: Option<i32>,
}

/// A command line to be run in a folder.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    input: Vec<u8>,
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(tidegate());
    command.args(arguments).current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TIDEGATE_")) {
        command.env_remove(name);
    }
    // Whoever runs the tests may be logged in somewhere.
    command.env("XDG_CONFIG_HOME", folder.join(".config"));
    Run { command, input: Vec::new() }
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, input: &[u8]) -> Self {
        self.input = input.to_vec();
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn said(mut self) -> Said {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("tidegate starts");
        let mut stdin = child.stdin.take().expect("piped");
        // A command that does not read its input has closed it.
        let _ = stdin.write_all(&self.input);
        drop(stdin);
        let output = child.wait_with_output().expect("tidegate ends");
        Said {
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
            exit: output.status.code(),
        }
    }
}

impl Said {
    /// Everything in one text for a snapshot, with what differs between runs replaced.
    pub(crate) fn snapshot(&self, changing: &[(&str, &str)]) -> String {
        let exit = self.exit.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let mut text = format!("exit {exit}\n-- stdout\n{}-- stderr\n{}", self.out, self.err);
        for (from, to) in changing {
            text = text.replace(from, to);
        }
        text
    }
}
