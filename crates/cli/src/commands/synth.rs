//! `tidegate synth`: what a folder's stack comes to, whoever wrote it.

use std::path::{Path, PathBuf};

use stack::{Inputs, Problems, Read};

use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};
use crate::{locate, output, samconfig};

/// Print what a stack comes to
///
/// Reads a tidegate.yaml, a template of AWS CloudFormation or SAM, or what `cdk synth` made, and prints
/// the resolved stack as JSON. What has no meaning here, and what is left out, is told on standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate synth | jq '.functions | keys'
  tidegate synth template.yaml --set Stage=prod --native
  tidegate synth cdk.out --allow-unsupported")]
pub(crate) struct Synth {
    /// Folder of the stack, or what describes it [default: the nearest one upwards]
    dir: Option<PathBuf>,
    /// Print it as a tidegate.yaml
    #[arg(long)]
    native: bool,
    #[command(flatten)]
    reading: Reading,
}

/// How a description of a stack is read.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// Value of a parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameters, env = "TIDEGATE_SET")]
    set: Vec<Parameters>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, env = "TIDEGATE_ALLOW_UNSUPPORTED")]
    pub(crate) allow_unsupported: bool,
}

impl Reading {
    pub(crate) fn inputs(&self, manifest: &Path) -> Result<Inputs, Failure> {
        let mut inputs = Inputs {
            environment: std::env::vars().collect(),
            set: self.set.concat(),
            allow_unsupported: self.allow_unsupported,
            ..Inputs::default()
        };
        samconfig::apply(manifest, None, &mut inputs)?;
        Ok(inputs)
    }
}

pub(crate) fn run(command: &Synth) -> Result<Exit, Failure> {
    let manifest = locate::manifest(command.dir.as_deref())?;
    let inputs = command.reading.inputs(&manifest)?;
    let read = match stack::read_with_warnings(&manifest, &inputs) {
        Ok(read) => read,
        Err(problems) => return Ok(refused(&problems)),
    };
    told(&read);
    if command.native {
        match stack::native(&manifest, &inputs) {
            Ok(text) => output::write(text.as_bytes())?,
            Err(problems) => return Ok(refused(&problems)),
        }
        return Ok(Exit::Done);
    }
    let text = serde_json::to_string_pretty(&read.stack)
        .map_err(|error| Failure::failed(error.to_string()))?;
    output::line(&text)?;
    Ok(Exit::Done)
}

/// Draws the problems of a description.
pub(crate) fn refused(problems: &Problems) -> Exit {
    output::note(problems.render(output::look()));
    Exit::Usage
}

/// Tells what was left out, and what has no meaning here.
pub(crate) fn told(read: &Read) {
    for all in [&read.warnings, &read.notes].into_iter().flatten() {
        output::note(all.lines());
    }
}
