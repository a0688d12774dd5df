//! What a `samconfig.toml` beside a template adds to what commands are given.

use std::path::Path;

use stack::{Inputs, SamConfig};

use crate::exit::{Exit, Failure};
use crate::output;

/// Adds its settings, over which those of the command line win, and tells what of it means nothing here.
pub(crate) fn apply(
    manifest: &Path,
    environment: Option<&str>,
    inputs: &mut Inputs,
) -> Result<(), Failure> {
    let read = stack::samconfig(manifest, environment).map_err(|problems| {
        eprint!("{}", problems.render(output::look()));
        Failure::silent(Exit::Usage)
    })?;
    let SamConfig { set, stack_name, notes } = read;
    inputs.set.splice(0..0, set);
    if inputs.stack_name.is_none() {
        inputs.stack_name = stack_name;
    }
    if let Some(notes) = notes {
        eprint!("{}", notes.lines());
    }
    Ok(())
}
