//! The event of an invocation, as the command line gives it.

use std::io::Read;

use hyper::body::Bytes;

use crate::exit::Failure;

/// JSON starts with a mark no file name does; everything else is a file.
pub(super) fn read(wanted: &str) -> Result<Bytes, Failure> {
    if wanted == "-" {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text.into());
    }
    let json = serde_json::from_str::<serde::de::IgnoredAny>(wanted);
    match json {
        Ok(_) => return Ok(wanted.to_owned().into()),
        Err(error) if wanted.starts_with(['{', '[', '"']) => {
            return Err(Failure::usage(format!("--event is not valid JSON: {error}")));
        }
        Err(_) => {}
    }
    match std::fs::read(wanted) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(Failure::usage(format!("--event {wanted}: {error}"))
            .help("give a file, inline JSON, or - for standard input")),
    }
}
