//! `tidegate destroy`: end a deployed stack.

use std::collections::BTreeSet;
use std::io::IsTerminal;

use http::Method;
use serde_json::{Value, json};

use super::deploy::{stream, who};
use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// End a deployed stack, with everything it has
///
/// Asks for the stack's name before it does. What would be lost for good stays and is named: queues that
/// hold messages, data of persistent caches, the functions' data folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Destroy {
    /// The stack, with its environment behind an @
    #[arg(value_name = "STACK")]
    name: String,
    /// The stack's name again, instead of typing it when asked
    #[arg(long, value_name = "STACK")]
    confirm: Option<String>,
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Destroy) -> Result<Exit, Failure> {
    let server = locate::daemon(&command.daemon)?;
    let path = format!("/deployments/{}", client::encoded(&command.name));
    // A name that is not there is not asked for twice.
    client::get_json(server.admin(), &path)?;
    confirm(command)?;
    let body = json!({ "by": who() });
    let result = stream::follow(
        server.admin(),
        Method::DELETE,
        &path,
        &body,
        (&command.output).into(),
        &BTreeSet::new(),
    )?;
    if !command.output.is_json() {
        output::write(destroyed(&command.name, &result).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn confirm(command: &Destroy) -> Result<(), Failure> {
    let name = &command.name;
    let typed = match &command.confirm {
        Some(typed) => typed.clone(),
        None if std::io::stdin().is_terminal() => {
            output::note(format_args!("This ends {name} and everything it has. Type its name: "));
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line.trim().to_owned()
        }
        None => {
            let text = format!("nobody is here to type the name of {name}");
            return Err(Failure::usage(text).help(format!("--confirm {name} says it at once")));
        }
    };
    if typed == *name {
        return Ok(());
    }
    Err(Failure::usage(format!("`{typed}` is not `{name}`; nothing was changed")))
}

fn destroyed(name: &str, result: &Value) -> String {
    let mut text = format!("destroyed {name}\n");
    for kept in result["retained"].as_array().into_iter().flatten() {
        text.push_str(&format!("  kept: {}\n", kept.as_str().unwrap_or_default()));
    }
    text
}
