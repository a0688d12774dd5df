//! `cargo build --release`: a binary becomes `bootstrap`.

use std::fs;
use std::path::{Path, PathBuf};

use super::tool::{Tool, find};
use super::{BuildError, Builder, Built, Making, Run};
use crate::artifacts::Held;
use crate::code::digest::of_texts;

/// What a build was made of and what it became.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Record {
    inputs: Vec<PathBuf>,
    digest: String,
    code: PathBuf,
}

impl Builder {
    pub(super) async fn build_cargo(
        &self,
        source: &Path,
        binary: &str,
        run: &Run<'_>,
    ) -> Result<Built, BuildError> {
        let kept = self.folder.join("cargo");
        let name = of_texts([source.to_string_lossy().as_ref(), binary]);
        let record = self.artifacts.hold(kept.join(format!("{name}.json")));
        let built = |code: Held| Built {
            code: code.path().to_owned(),
            dependencies: None,
            kept: vec![code, record.clone()],
        };
        if let Some(code) = self.unchanged(record.path()) {
            return Ok(built(code));
        }
        let manifest = source.join("Cargo.toml");
        if !manifest.is_file() {
            let advice = "`code` is the folder of the crate";
            return Err(BuildError::MissingFile { build: "cargo", file: manifest, advice });
        }
        let advice = "install Rust from https://rustup.rs";
        let cargo = find("cargo", &self.path).ok_or(BuildError::MissingTool {
            build: "cargo",
            tool: "cargo",
            advice,
        })?;
        run.step(&format!("compiling `{binary}`"));
        let arguments =
            ["build", "--release", "--bin", binary, "--message-format=json-render-diagnostics"];
        let tool = Tool {
            program: &cargo,
            arguments: arguments.map(Into::into).to_vec(),
            folder: source,
            advice: "run it there to see more",
        };
        let printed = tool.run(&self.path, run).await?;
        let executable = executable(&printed, binary).ok_or_else(|| BuildError::MissingFile {
            build: "cargo",
            file: source.join(binary),
            advice: "cargo did not say where it put the binary",
        })?;
        let code = self.keep_executable(&kept, &executable)?;
        self.remember(record.path(), inputs(source, &executable), code.path())?;
        Ok(built(code))
    }

    /// The code built before, if it is still there and nothing it was made of has changed.
    fn unchanged(&self, record: &Path) -> Option<Held> {
        let record: Record = serde_json::from_slice(&fs::read(record).ok()?).ok()?;
        let same = self.digest_of(&record.inputs)? == record.digest;
        let code = self.artifacts.hold(record.code);
        (same && code.path().join("bootstrap").is_file()).then_some(code)
    }

    /// `None` when a file is gone.
    fn digest_of(&self, files: &[PathBuf]) -> Option<String> {
        let digests =
            files.iter().map(|file| self.digests.of_file(file).ok()).collect::<Option<Vec<_>>>()?;
        Some(of_texts(digests.iter().map(String::as_str)))
    }

    fn keep_executable(&self, kept: &Path, executable: &Path) -> Result<Held, BuildError> {
        let digest = self.digests.of_file(executable).map_err(BuildError::io(executable))?;
        let held = self.artifacts.hold(kept.join(digest));
        if held.path().is_dir() {
            return Ok(held);
        }
        let making = Making::of(&held)?;
        fs::copy(executable, making.partial.join("bootstrap"))
            .map_err(BuildError::io(executable))?;
        making.finish()?;
        Ok(held)
    }

    fn remember(&self, record: &Path, inputs: Vec<PathBuf>, code: &Path) -> Result<(), BuildError> {
        let Some(digest) = self.digest_of(&inputs) else { return Ok(()) };
        let content = serde_json::to_vec(&Record { inputs, digest, code: code.to_owned() });
        fs::write(record, content.unwrap_or_default()).map_err(BuildError::io(record))
    }
}

/// Cargo says where each artifact is.
fn executable(printed: &[String], binary: &str) -> Option<PathBuf> {
    printed.iter().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(
        |message| {
            let is_it =
                message["reason"] == "compiler-artifact" && message["target"]["name"] == binary;
            is_it.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
        },
    )
}

/// Every local file that went into the binary, as the compiler recorded them beside it, and what chose
/// the rest: manifests, lock file, toolchain.
fn inputs(source: &Path, executable: &Path) -> Vec<PathBuf> {
    let recorded = fs::read_to_string(executable.with_extension("d")).unwrap_or_default();
    let files =
        recorded.split_once(": ").map_or("", |(_, files)| files.lines().next().unwrap_or(""));
    // A space inside of a name is escaped.
    let files = files.replace("\\ ", "\0");
    let mut inputs: Vec<PathBuf> = files
        .split(' ')
        .filter(|file| !file.is_empty())
        .map(|file| PathBuf::from(file.replace('\0', " ")))
        .collect();
    let folders: Vec<PathBuf> = inputs
        .iter()
        .chain([&source.join("src")])
        .filter_map(|f| f.parent())
        .map(Into::into)
        .collect();
    for folder in folders.iter().flat_map(|folder| folder.ancestors()) {
        for name in [
            "Cargo.toml",
            "Cargo.lock",
            "rust-toolchain.toml",
            "rust-toolchain",
            ".cargo/config.toml",
        ] {
            let file = folder.join(name);
            if file.is_file() {
                inputs.push(file);
            }
        }
    }
    inputs.sort();
    inputs.dedup();
    inputs
}
