//! Tells about functions as they stand, and freezes one: copies its code to where nobody changes it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::{FilePatterns, Function, FunctionName, FunctionVersion, Qualifier, Timestamp};

use sha2::{Digest, Sha256};

use crate::artifacts::{self, Artifacts, Held};
use crate::code::pack::pack;
use crate::code::{Stage, StageError};
use crate::functions::{Functions, Line};
use crate::version::Version;

/// A version of a function, and what its code is.
#[derive(Debug, Clone)]
pub struct Described {
    pub function: Arc<Function>,
    pub version: FunctionVersion,
    /// Base64 of a SHA-256, as AWS has it.
    pub code_sha256: String,
    pub code_bytes: u64,
    /// Since when it is served.
    pub since: Timestamp,
    /// Of code and settings: differs whenever one of them does.
    pub digest: String,
    pub update: Update,
}

/// Whether a function is already run as it was made last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    Done,
    /// It has yet to start, and what was there before serves meanwhile.
    UnderWay,
}

/// A zip that the server keeps.
#[derive(Debug, Clone)]
pub struct KeptCode {
    pub path: PathBuf,
    /// Base64.
    pub sha256: String,
    /// Until something names it.
    pub held: Held,
}

/// A function as a copy that stays as it is.
#[derive(Debug)]
pub struct Frozen {
    pub function: Function,
    /// Its code and layers, until something names them.
    pub held: Vec<Held>,
}

/// Where a version's code lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) task: PathBuf,
    pub(crate) layers: Option<PathBuf>,
    /// Hexadecimal, of all of it.
    pub(crate) digest: String,
}

impl Functions {
    /// Every function's `$LATEST`, by name.
    pub async fn describe_all(&self) -> Vec<Described> {
        let lines = self.lines();
        let of = |line: &Line| (Arc::clone(&line.latest), line.update());
        let mut latest: Vec<_> = lines.values().map(of).collect();
        latest.sort_by(|(a, _), (b, _)| a.function.name.cmp(&b.function.name));
        let described =
            move || latest.iter().map(|(version, update)| described(version, *update)).collect();
        tokio::task::spawn_blocking(described).await.unwrap_or_default()
    }

    /// What an invocation with this qualifier would run once it has started; of an alias, its own version.
    pub async fn describe(&self, name: &FunctionName, qualifier: &Qualifier) -> Option<Described> {
        let lines = self.lines();
        let line = lines.get(name)?;
        let version = Arc::clone(line.shown(qualifier)?);
        let update = match version.number {
            FunctionVersion::Latest => line.update(),
            FunctionVersion::Published(_) => Update::Done,
        };
        tokio::task::spawn_blocking(move || described(&version, update)).await.ok()
    }

    /// The code of what [`Self::describe`] tells about, as a zip: the one that it came as for as long as that is kept.
    pub async fn packed(
        &self,
        name: &FunctionName,
        qualifier: &Qualifier,
    ) -> Option<io::Result<Vec<u8>>> {
        let version = Arc::clone(self.lines().get(name)?.shown(qualifier)?);
        let artifacts = Arc::clone(&self.artifacts);
        let packed = tokio::task::spawn_blocking(move || packed(&artifacts, &version.code.task));
        Some(packed.await.unwrap_or_else(|error| Err(io::Error::other(error))))
    }

    /// Keeps a zip on the disk, named after its content.
    pub async fn keep_code(&self, zip: Vec<u8>) -> io::Result<KeptCode> {
        let artifacts = Arc::clone(&self.artifacts);
        let kept = tokio::task::spawn_blocking(move || keep_zip(&artifacts, &zip));
        kept.await.map_err(io::Error::other)?
    }

    /// The function as a copy that stays as it is now, whatever becomes of its sources.
    pub async fn freeze(&self, name: &FunctionName) -> Result<Option<Frozen>, StageError> {
        let Some(latest) = self.lines().get(name).map(|line| Arc::clone(&line.latest)) else {
            return Ok(None);
        };
        let stage = Arc::clone(&self.stage);
        let frozen = tokio::task::spawn_blocking(move || frozen(&latest, &stage));
        match frozen.await {
            Ok(frozen) => frozen.map(Some),
            Err(error) => {
                Err(StageError::Io { path: PathBuf::new(), source: io::Error::other(error) })
            }
        }
    }
}

/// It is there whole, and for good, once this returns.
fn keep_zip(artifacts: &Arc<Artifacts>, zip: &[u8]) -> io::Result<KeptCode> {
    let digest = Sha256::digest(zip);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let held = artifacts.hold(kept_zip(artifacts, &hex));
    let path = held.path().to_owned();
    let sha256 = BASE64_STANDARD.encode(digest);
    if path.is_file() {
        return Ok(KeptCode { path, sha256, held });
    }
    let partial = artifacts::partial(&path);
    let mut file = fs::File::create(&partial)?;
    file.write_all(zip)?;
    file.sync_all()?;
    fs::rename(&partial, &path)?;
    fs::File::open(artifacts.folder("code"))?.sync_all()?;
    Ok(KeptCode { path, sha256, held })
}

fn packed(artifacts: &Arc<Artifacts>, task: &Path) -> io::Result<Vec<u8>> {
    // Held, so that it is not swept meanwhile.
    let held = artifacts.of(task).map(|artifact| artifacts.hold(artifact));
    match held.as_ref().and_then(|held| came_as(artifacts, held.path())) {
        Some(zip) => Ok(zip),
        None => pack(task),
    }
}

/// What is unpacked is named after the zip's content, and so is the zip.
fn came_as(artifacts: &Artifacts, unpacked: &Path) -> Option<Vec<u8>> {
    let digest = unpacked.strip_prefix(artifacts.folder("stage/zip")).ok()?.to_str()?;
    fs::read(kept_zip(artifacts, digest)).ok()
}

fn kept_zip(artifacts: &Artifacts, digest: &str) -> PathBuf {
    artifacts.folder("code").join(format!("{digest}.zip"))
}

fn frozen(version: &Version, stage: &Stage) -> Result<Frozen, StageError> {
    let Code { task, layers, .. } = &version.code;
    let code = stage.freeze(task)?;
    let layers = layers.as_deref().map(|layers| stage.freeze(layers)).transpose()?;
    let function = Function {
        code: code.path().to_owned().into(),
        files: FilePatterns::default(),
        build: None,
        layers: layers.iter().map(|it| it.path().to_owned()).collect(),
        ..(*version.function).clone()
    };
    Ok(Frozen { function, held: std::iter::once(code).chain(layers).collect() })
}

fn described(version: &Version, update: Update) -> Described {
    let code_bytes = *version.code_bytes.get_or_init(|| size(&version.code.task));
    Described {
        function: Arc::clone(&version.function),
        version: version.number,
        code_sha256: BASE64_STANDARD.encode(bytes(&version.code.digest)),
        code_bytes,
        since: version.since,
        digest: version.digest.clone(),
        update,
    }
}

/// Out of the first 64 hexadecimal digits.
fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2).take(32);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.filter_map(byte).collect()
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}
