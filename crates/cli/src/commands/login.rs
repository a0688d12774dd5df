//! `tidegate login`: remember a server and its admin token.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use http::Uri;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};

use crate::arguments::Output;
use crate::counted::counted;
use crate::exit::{Exit, Failure};
use crate::logins::{LOCAL, Login as Known, Logins};
use crate::{client, locate, output, table};

/// Remember a server and its admin token
///
/// From then on commands mean that server, unless --server, --state or --admin names another, or the stack
/// whose folder they are called in has a server of its own running. The token is asked for, read from a file, or taken from TIDEGATE_TOKEN; it is tried first, and
/// kept where nobody else can read it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ssh -N -L 4567:127.0.0.1:4567 shop.example &
  tidegate login http://127.0.0.1:4567 --name production
  tidegate login http://127.0.0.1:4567 --token-file token.txt
  tidegate login --list
  tidegate ls --server production

The server of this machine needs no login: `--server local` means it.")]
pub(crate) struct Login {
    /// The server's admin URL
    #[arg(value_name = "URL", required_unless_present = "list")]
    url: Option<String>,
    /// What to call it [default: the URL's host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// File that holds the token; - is standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// List the servers that are known, and change nothing
    #[arg(long, conflicts_with_all = ["url", "name", "token_file"])]
    list: bool,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Login) -> Result<Exit, Failure> {
    let mut logins = Logins::read()?;
    let Some(url) = command.url.as_deref() else { return list(&logins, &command.output) };
    let admin = locate::admin_url(url)?;
    let name = name(command.name.as_deref(), &admin)?;
    let token = token(command.token_file.as_deref())?;
    if let Some(token) = &token {
        client::show_only(token);
    }
    let stacks = client::get_json(&admin, "/deployments")?;
    let stacks = stacks["deployments"].as_array().map_or(0, Vec::len);
    logins.servers.insert(name.clone(), Known { admin: admin.clone(), token });
    logins.latest = Some(name.clone());
    let file = logins.write()?;
    if command.output.is_json() {
        output::json(&json!({ "name": name, "admin": admin, "stacks": stacks, "file": file }))?;
    } else {
        let stacks = counted(stacks, "stack");
        output::line(&format!("logged in to {name}, {admin}: {stacks}"))?;
    }
    Ok(Exit::Done)
}

fn name(given: Option<&str>, admin: &str) -> Result<String, Failure> {
    let host = admin.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    let name = given.map(str::to_owned).or(host).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name == LOCAL || !name.chars().all(is_plain) {
        let text = format!(
            "`{name}` cannot be a server's name: it has letters, digits, `-`, `_` and \
                            `.`, and `{LOCAL}` is this machine's"
        );
        return Err(Failure::usage(text).help("--name NAME chooses another"));
    }
    Ok(name)
}

/// `None` if there is none: a server for development asks nobody.
fn token(file: Option<&std::path::Path>) -> Result<Option<String>, Failure> {
    let text = match file {
        Some(file) if file.as_os_str() != "-" => std::fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("--token-file {}: {error}", file.display())))?,
        Some(_) => line()?,
        None => match client::token_of_environment() {
            Some(token) => token,
            None if std::io::stdin().is_terminal() => asked()?,
            None => {
                return Err(Failure::usage("nobody is here to type the token")
                    .help("give it in TIDEGATE_TOKEN or with --token-file FILE"));
            }
        },
    };
    let token = text.trim();
    Ok((!token.is_empty()).then(|| token.to_owned()))
}

fn line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// What is typed is not shown.
fn asked() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    output::note("Admin token (it is in admin.token of the server's state folder): ");
    let before = tcgetattr(&stdin).map_err(std::io::Error::from)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent).map_err(std::io::Error::from)?;
    let typed = line();
    tcsetattr(&stdin, OptionalActions::Flush, &before).map_err(std::io::Error::from)?;
    output::note_line("");
    typed
}

fn list(logins: &Logins, how: &Output) -> Result<Exit, Failure> {
    let each = logins.servers.iter();
    let all: Vec<Value> = each
        .map(|(name, known)| {
            let is_latest = logins.latest.as_ref() == Some(name);
            json!({ "name": name, "admin": known.admin, "meant": is_latest })
        })
        .collect();
    if how.is_json() {
        output::json(&json!({ "servers": all }))?;
    } else if all.is_empty() {
        output::line("no servers; `tidegate login URL` adds one")?;
    } else {
        let row = |one: &Value| {
            let mark = if one["meant"] == true { "*" } else { "" };
            let text = |key: &str| table::text(one, key).to_owned();
            vec![mark.to_owned(), text("name"), text("admin")]
        };
        output::write(table::drawn(&["", "SERVER", "ADMIN"], all.iter().map(row)).as_bytes())?;
    }
    Ok(Exit::Done)
}
