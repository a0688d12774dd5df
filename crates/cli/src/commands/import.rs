//! `tidegate import`: a tidegate.yaml of what somebody else's description says.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::synth::{Reading, refused, told};
use crate::exit::{Exit, Failure};
use crate::locate::{self, MANIFEST};
use crate::output;

/// Write a tidegate.yaml that says what a template says
///
/// Parameters, conditions and functions of the template are evaluated on the way; secret parameters
/// stay parameters. The template is not changed: from then on, name the file that is meant.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate import template.yaml --set Stage=prod
  tidegate import cdk.out && tidegate up tidegate.yaml")]
pub(crate) struct Import {
    /// The template, or a folder of it [default: the nearest one upwards]
    source: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(command: &Import) -> Result<Exit, Failure> {
    let source = locate::manifest(command.source.as_deref())?;
    let inputs = command.reading.inputs(&source)?;
    let read = stack::read_with_warnings(&source, &inputs);
    let text = read.and_then(|read| stack::native(&source, &inputs).map(|text| (read, text)));
    let (read, text) = match text {
        Ok(both) => both,
        Err(problems) => return Ok(refused(&problems)),
    };
    told(&read);
    let target = source.with_file_name(MANIFEST);
    let opened = OpenOptions::new().write(true).create_new(true).open(&target);
    let mut file = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} is there already", target.display()))
                .help("`tidegate synth --native` prints what would be written")
        }
        _ => Failure::failed(format!("{}: {error}", target.display())),
    })?;
    file.write_all(text.as_bytes())?;
    output::line(&format!(
        "wrote {}; serve it with `tidegate up {}`",
        target.display(),
        target.display()
    ))?;
    Ok(Exit::Done)
}
