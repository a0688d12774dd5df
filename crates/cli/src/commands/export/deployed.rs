//! The template of a stack that a server has, in a folder with the code that it names.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;
use server::bundle::{Listing, digest_of};

use super::Export;
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// What the server answers.
#[derive(Deserialize)]
struct Template {
    template: String,
    /// What is left out, and what is different on AWS.
    told: String,
    #[serde(flatten)]
    files: Listing,
}

const TEMPLATE: &str = "template.yaml";

pub(super) fn run(command: &Export, name: &str) -> Result<Exit, Failure> {
    if let Some(folder) = &command.output {
        check_empty(folder)?;
    }
    let server = locate::daemon(&command.daemon)?;
    let admin = server.admin();
    let query = if command.reading.allow_unsupported { "?allow_unsupported=true" } else { "" };
    let path = format!("/deployments/{}/template{query}", client::encoded(name));
    let Template { template, told, files } =
        serde_json::from_value(client::get_json(admin, &path)?).map_err(|error| {
            Failure::failed(format!("{admin} does not answer with a template: {error}"))
        })?;
    output::note(told);
    let Some(folder) = &command.output else {
        output::write(template.as_bytes())?;
        return Ok(Exit::Done);
    };
    files.check().map_err(|problem| Failure::failed(problem.to_string()))?;
    fs::create_dir_all(folder)?;
    files.unpack(folder, |digest| content(admin, digest))?;
    fs::write(folder.join(TEMPLATE), template)?;
    let count = match files.files.len() {
        1 => "1 file".to_owned(),
        more => format!("{more} files"),
    };
    output::line(&format!("wrote {} and {count} of code", folder.join(TEMPLATE).display()))?;
    Ok(Exit::Done)
}

/// Nothing that is there is written over.
fn check_empty(folder: &Path) -> Result<(), Failure> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(true) => {
            let text = format!("there is something in {} already", folder.display());
            Err(Failure::usage(text).help("--output names a new folder"))
        }
        Err(error) => Err(Failure::usage(format!("{}: {error}", folder.display()))),
    }
}

fn content(admin: &str, digest: &str) -> Result<Vec<u8>, Failure> {
    let content = client::get_bytes(admin, &format!("/pieces/{digest}"))?;
    if digest_of(&content) == digest {
        return Ok(content);
    }
    Err(Failure::failed(format!("{admin} sent something else as the content `{digest}`")))
}
