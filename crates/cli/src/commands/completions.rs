//! `tidegate completions`: what a shell needs to complete our arguments.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Tidegate;
use crate::exit::{Exit, Failure};

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate
  tidegate completions zsh > \"${fpath[1]}/_tidegate\"
  tidegate completions fish > ~/.config/fish/completions/tidegate.fish")]
pub(crate) struct Completions {
    /// The shell that completes
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(command: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Tidegate::command(), "tidegate", &mut script);
    crate::output::write(&script)?;
    Ok(Exit::Done)
}
