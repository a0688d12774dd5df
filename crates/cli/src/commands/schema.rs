//! `tidegate schema`: the manifest's JSON Schema, for editors.

use crate::exit::{Exit, Failure};
use crate::output;

/// Print the JSON Schema of tidegate.yaml
///
/// Editors that speak the YAML language server use it to complete and check the manifest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate schema > tidegate.schema.json
  # and as the first line of tidegate.yaml:
  # yaml-language-server: $schema=tidegate.schema.json")]
pub(crate) struct Schema {}

pub(crate) fn run(_command: &Schema) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&stack::schema::json_schema())
        .map_err(|error| Failure::failed(error.to_string()))?;
    output::line(&text)?;
    Ok(Exit::Done)
}
