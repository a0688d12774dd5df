//! Sends what a server lacks of a bundle.

use std::fmt;

use http::Method;
use http_body_util::Full;
use serde_json::Value;

use super::source::Source;
use crate::client;
use crate::exit::Failure;

/// Small contents travel together, up to so many bytes.
const TOGETHER: usize = 8 << 20;
/// A file that is saved meanwhile is packed again by whoever runs the command again.
const ATTEMPTS: usize = 2;

/// What was sent.
pub(crate) struct Sent {
    pub(crate) bundle: String,
    contents: usize,
    sent: usize,
    bytes: u64,
}

/// `3 of 12 contents sent, 4.0 kB`.
impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contents, sent, bytes, .. } = self;
        if *sent == 0 {
            return write!(f, "all {contents} contents are there");
        }
        write!(f, "{sent} of {contents} contents sent, {:.1} kB", *bytes as f64 / 1000.0)
    }
}

pub(crate) fn send(admin: &str, source: &Source) -> Result<Sent, Failure> {
    let listing = serde_json::to_value(&source.packed.listing);
    let listing = listing.map_err(|error| Failure::failed(error.to_string()))?;
    let contents = source.packed.listing.pieces().len();
    let mut sent = Sent { bundle: String::new(), contents, sent: 0, bytes: 0 };
    for _ in 0..=ATTEMPTS {
        let answer = client::ask(admin, Method::POST, "/bundles", Some(&listing))?;
        let missing: Vec<&str> =
            answer["missing"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if missing.is_empty() {
            sent.bundle = answer["bundle"].as_str().unwrap_or_default().to_owned();
            return Ok(sent);
        }
        send_all(admin, source, &missing, &mut sent)?;
    }
    Err(Failure::failed("files changed while they were sent").help("run the command again"))
}

fn send_all(
    admin: &str,
    source: &Source,
    missing: &[&str],
    sent: &mut Sent,
) -> Result<(), Failure> {
    let mut together = Vec::new();
    for digest in missing {
        let Some(path) = source.packed.contents.get(*digest) else { continue };
        let content = std::fs::read(path)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        together.extend_from_slice(&(content.len() as u64).to_be_bytes());
        together.extend_from_slice(&content);
        (sent.sent, sent.bytes) = (sent.sent + 1, sent.bytes + content.len() as u64);
        if together.len() >= TOGETHER {
            pieces(admin, std::mem::take(&mut together))?;
        }
    }
    if together.is_empty() { Ok(()) } else { pieces(admin, together) }
}

fn pieces(admin: &str, together: Vec<u8>) -> Result<(), Failure> {
    let mut request = client::get(admin, "/pieces")?;
    *request.method_mut() = Method::POST;
    *request.body_mut() = Full::from(together);
    client::json(admin, request).map(|_| ())
}
