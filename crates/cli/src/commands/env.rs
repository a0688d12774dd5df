//! `tidegate env`: what a shell exports so that AWS's clients reach the running server.

use std::fmt::Display;
use std::path::Path;

use clap::ValueEnum;
use model::Account;
use server::Addresses;

use crate::arguments::Server;
use crate::exit::{Exit, Failure};
use crate::{addresses, locate, output};

/// Print exports for a shell whose AWS clients reach the running server
///
/// Sets the endpoint and the region. Credentials are set only where the shell has none: clients
/// refuse to work without any, and a server without keys of its own accepts all. One that was started
/// with --aws-credentials is called with the keys of that file, which is named and not printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(tidegate env)\"
  tidegate env --shell fish | source")]
pub(crate) struct Env {
    /// Whose syntax is printed [default: the one that SHELL names]
    #[arg(long, value_enum)]
    shell: Option<Shell>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// And sh, zsh, dash, ksh
    Bash,
    Fish,
}

pub(crate) fn run(command: &Env) -> Result<Exit, Failure> {
    let Addresses { aws: url, aws_credentials, .. } =
        addresses::of(locate::server(&command.server)?)?;
    let region = Account::default().region;
    let mut variables = vec![
        ("AWS_ENDPOINT_URL", &*url),
        // boto3 reads the second alone, the other SDKs the first.
        ("AWS_REGION", &*region),
        ("AWS_DEFAULT_REGION", &*region),
    ];
    let has_credentials = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let keys = aws_credentials.as_deref().filter(|_| !has_credentials).map(keys_of);
    match &keys {
        None if has_credentials => {}
        None => {
            let any = [("AWS_ACCESS_KEY_ID", "tidegate"), ("AWS_SECRET_ACCESS_KEY", "tidegate")];
            variables.extend(any);
        }
        Some(Ok((file, profile))) => {
            variables.push(("AWS_SHARED_CREDENTIALS_FILE", file));
            variables.extend(profile.as_deref().map(|profile| ("AWS_PROFILE", profile)));
        }
        // What is printed is evaluated; this is for who reads.
        Some(Err(problem)) => output::note_line(format_args!(
            "this server answers signed calls only, and its keys cannot be read here: {problem}; put \
             one of them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )),
    }
    let shell = command.shell.unwrap_or_else(running_shell);
    for (name, value) in variables {
        output::line(&export(shell, name, value))?;
    }
    Ok(Exit::Done)
}

/// The file that has the server's keys, and the profile to take where none of it is the default.
fn keys_of(file: &Path) -> Result<(String, Option<String>), String> {
    let problem = |problem: &dyn Display| format!("{}: {problem}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| problem(&error))?;
    let path = file.to_str().ok_or_else(|| problem(&"its path is not UTF-8"))?;
    Ok((path.to_owned(), profile(&text)))
}

fn profile(text: &str) -> Option<String> {
    let section =
        |line: &'_ str| Some(line.trim().strip_prefix('[')?.strip_suffix(']')?.to_owned());
    let sections: Vec<String> = text.lines().filter_map(section).collect();
    let has_default = sections.iter().any(|name| name == "default");
    sections.into_iter().next().filter(|_| !has_default)
}

fn running_shell() -> Shell {
    let path = std::env::var_os("SHELL").unwrap_or_default();
    let is_fish = Path::new(&path).file_name().is_some_and(|name| name == "fish");
    if is_fish { Shell::Fish } else { Shell::Bash }
}

/// URLs and regions have no quotes in them, but what is evaluated is always quoted.
fn export(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Bash => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Shell::Fish => {
            format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_named_where_none_is_the_default() {
        for (text, expected) in
            [("[ci]\n[default]\n", None), ("# x\n[ci]\na = b\n[x]\n", Some("ci")), ("", None)]
        {
            assert_eq!(profile(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_are_quoted_for_their_shell() {
        assert_eq!(export(Shell::Bash, "A", "x y"), "export A='x y'");
        assert_eq!(export(Shell::Bash, "A", "it's"), r"export A='it'\''s'");
        assert_eq!(export(Shell::Fish, "A", r"it's \"), r"set -gx A 'it\'s \\'");
    }
}
