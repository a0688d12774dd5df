//! `tidegate env`: what a shell exports so that AWS's clients reach the running server.

use clap::ValueEnum;
use model::Account;

use crate::arguments::Server;
use crate::commands::invoke::remote::aws_url;
use crate::exit::{Exit, Failure};
use crate::{locate, output};

/// Print exports for a shell whose AWS clients reach the running server
///
/// Sets the endpoint and the region. Credentials are set only where the shell has none: clients
/// refuse to work without any, and a server without keys of its own accepts all.
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
    let url = aws_url(locate::server(&command.server)?)?;
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
    if !has_credentials {
        let any = [("AWS_ACCESS_KEY_ID", "tidegate"), ("AWS_SECRET_ACCESS_KEY", "tidegate")];
        variables.extend(any);
    }
    let shell = command.shell.unwrap_or_else(running_shell);
    for (name, value) in variables {
        output::line(&export(shell, name, value))?;
    }
    Ok(Exit::Done)
}

fn running_shell() -> Shell {
    let path = std::env::var_os("SHELL").unwrap_or_default();
    let is_fish = std::path::Path::new(&path).file_name().is_some_and(|name| name == "fish");
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
    fn values_are_quoted_for_their_shell() {
        assert_eq!(export(Shell::Bash, "A", "x y"), "export A='x y'");
        assert_eq!(export(Shell::Bash, "A", "it's"), r"export A='it'\''s'");
        assert_eq!(export(Shell::Fish, "A", r"it's \"), r"set -gx A 'it\'s \\'");
    }
}
