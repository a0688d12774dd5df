//! The programs that run Python, Node and Java functions, embedded and written out at start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

const PYTHON: &str = include_str!("../bootstrap/bootstrap.py");
const NODE: &str = include_str!("../bootstrap/bootstrap.cjs");
/// Made from the sources beside it by `scripts/java-bootstrap`.
const JAVA: &[u8] = include_bytes!("../bootstrap/java/bootstrap.jar");

/// The folder they are in, seen by functions as `/var/runtime`.
#[derive(Debug)]
pub(crate) struct Bootstraps {
    folder: PathBuf,
    digest: String,
}

impl Bootstraps {
    pub(crate) fn install(state: &Path) -> io::Result<Self> {
        let hash = Sha256::new().chain_update(PYTHON).chain_update(NODE).chain_update(JAVA);
        let hash = hash.finalize();
        let digest: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let folder = state.join("runtimes");
        fs::create_dir_all(&folder)?;
        let bootstraps = Self { folder: fs::canonicalize(folder)?, digest };
        write(&bootstraps.python_source(), PYTHON.as_bytes())?;
        write(&bootstraps.folder.join(bootstraps.node()), NODE.as_bytes())?;
        write(&bootstraps.folder.join(bootstraps.java()), JAVA)?;
        Ok(bootstraps)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    pub(crate) fn python_source(&self) -> PathBuf {
        self.folder.join(format!("bootstrap-{}.py", self.digest))
    }

    pub(crate) fn node(&self) -> String {
        format!("bootstrap-{}.cjs", self.digest)
    }

    pub(crate) fn java(&self) -> String {
        format!("bootstrap-{}.jar", self.digest)
    }
}

/// Another server with the same state folder never sees half a file.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    fs::write(&partial, content)?;
    fs::rename(partial, path)
}
