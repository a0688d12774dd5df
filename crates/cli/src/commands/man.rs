//! `tidegate man`: the manual pages.

use std::path::PathBuf;

use clap::CommandFactory;

use crate::arguments::Tidegate;
use crate::exit::{Exit, Failure};

/// Write the manual pages into a folder, or print the main one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate man | man -l -
  tidegate man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Where to write one page per command
    dir: Option<PathBuf>,
}

pub(crate) fn run(command: &Man) -> Result<Exit, Failure> {
    let Some(dir) = &command.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Tidegate::command()).render(&mut page)?;
        crate::output::write(&page)?;
        return Ok(Exit::Done);
    };
    let named = |error: std::io::Error| Failure::failed(format!("{}: {error}", dir.display()));
    std::fs::create_dir_all(dir).map_err(named)?;
    clap_mangen::generate_to(Tidegate::command(), dir).map_err(named)?;
    Ok(Exit::Done)
}
