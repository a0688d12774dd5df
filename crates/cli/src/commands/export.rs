//! `tidegate export`: a stack as a template of the Serverless Application Model.

mod deployed;

use std::path::{Path, PathBuf};

use stack::{Exported, Problems};

use super::synth::{Reading, refused};
use crate::arguments::Daemon;
use crate::exit::{Exit, Failure};
use crate::{locate, output};

/// Write a stack as a template of AWS SAM, to be deployed to AWS by `sam deploy`
///
/// What a template cannot say is refused with its place, or left out with --allow-unsupported. What is
/// different on AWS is told on standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate export
  tidegate export shop --output shop/template.yaml
  tidegate export --allow-unsupported > template.yaml
  tidegate export --deployed shop --output shop-on-aws")]
pub(crate) struct Export {
    /// Folder of the stack, or what describes it [default: the nearest one upwards]
    dir: Option<PathBuf>,
    /// Write it there; paths of code start at its folder [default: to standard output, with paths from the stack's folder]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Export a stack that a server has instead, with the values that it was deployed with; --output names a new folder
    /// then, for a template.yaml and the code that it names
    #[arg(long, value_name = "STACK", conflicts_with_all = ["dir", "set"])]
    deployed: Option<String>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    daemon: Daemon,
}

pub(crate) fn run(command: &Export) -> Result<Exit, Failure> {
    if let Some(name) = &command.deployed {
        return deployed::run(command, name);
    }
    let manifest = locate::manifest(command.dir.as_deref())?;
    let manifest = std::path::absolute(&manifest)?;
    let target = command.output.as_ref().map(std::path::absolute).transpose()?;
    if target.as_ref() == Some(&manifest) {
        let text = format!("{} is what is exported", manifest.display());
        return Err(Failure::usage(text).help("write the template to another file"));
    }
    let folder = target.as_ref().unwrap_or(&manifest).parent().unwrap_or(Path::new("/"));
    let inputs = command.reading.inputs(&manifest)?;
    let exported = match stack::export(&manifest, folder, &inputs) {
        Ok(exported) => exported,
        Err(problems) => return Ok(refused(&problems)),
    };
    told(&exported);
    match &target {
        None => output::write(exported.template.as_bytes())?,
        Some(file) => {
            std::fs::write(file, &exported.template)
                .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
            output::line(&format!("wrote {}", file.display()))?;
        }
    }
    Ok(Exit::Done)
}

fn told(exported: &Exported) {
    let all = [&exported.left_out, &exported.notes].into_iter().flatten();
    for problems in all.map(Problems::lines) {
        output::note(problems);
    }
}
