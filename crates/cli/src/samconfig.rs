//! What a `samconfig.toml` beside a template adds to what commands are given.

use std::path::{Path, PathBuf};

use stack::{Inputs, SamConfig};

use crate::exit::{Exit, Failure};
use crate::output;

/// Adds its settings, over which those of the command line win, and tells what of it means nothing here.
pub(crate) fn apply(
    manifest: &Path,
    environment: Option<&str>,
    inputs: &mut Inputs,
) -> Result<(), Failure> {
    added(manifest, environment, inputs).map(|_| ())
}

/// As [`apply`], for a run on this machine: variables that SAM would give its functions are theirs here as well.
pub(crate) fn apply_to_run(manifest: &Path, inputs: &mut Inputs) -> Result<(), Failure> {
    let env_vars = added(manifest, None, inputs)?;
    inputs.env_vars = inputs.env_vars.take().or(env_vars);
    Ok(())
}

/// Gives the file of variables for a run.
fn added(
    manifest: &Path,
    environment: Option<&str>,
    inputs: &mut Inputs,
) -> Result<Option<PathBuf>, Failure> {
    let read = stack::samconfig(manifest, environment).map_err(|problems| {
        output::note(problems.render(output::look()));
        Failure::silent(Exit::Usage)
    })?;
    let SamConfig { set, stack_name, env_vars, notes } = read;
    inputs.set.splice(0..0, set);
    if inputs.stack_name.is_none() {
        inputs.stack_name = stack_name;
    }
    if let Some(notes) = notes {
        output::note(notes.lines());
    }
    Ok(env_vars)
}
