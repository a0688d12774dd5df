//! `npm ci`, or `npm install` where no versions are locked: sources and their `node_modules` come together in a folder of their own, because Node looks
//! for modules beside the code.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::tool::{Tool, find};
use super::{BuildError, Builder, Built, Making, Run, Source};
use crate::artifacts::Held;
use crate::code::digest::{is_ignored, of_texts};
use crate::code::layers;

const MANIFEST: &str = "package.json";
const LOCKS: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];

impl Builder {
    pub(super) async fn build_npm(
        &self,
        source: Source<'_>,
        run: &Run<'_>,
    ) -> Result<Built, BuildError> {
        let Source { folder: source, sources: own, interpreter, .. } = source;
        let lock = LOCKS.into_iter().map(|name| source.join(name)).find(|file| file.is_file());
        if !source.join(MANIFEST).is_file() {
            let (file, advice) = (source.join(MANIFEST), "run `npm init` there to make one");
            return Err(BuildError::MissingFile { build: "npm", file, advice });
        }
        let digest = |folder: &Path| {
            self.digests.of_folder_where(folder, &is_source).map_err(BuildError::io(folder))
        };
        let sources = digest(own)?;
        let key = self.modules_key(source, lock.as_deref(), &digest(source)?, interpreter)?;
        let kept = self.folder.join("npm");
        let code = self.artifacts.hold(kept.join(of_texts([key.as_str(), &sources])));
        let modules = self.artifacts.hold(kept.join(format!("{key}.modules")));
        let built = Built {
            code: code.path().to_owned(),
            dependencies: None,
            kept: vec![code.clone(), modules.clone()],
        };
        if built.code.is_dir() {
            return Ok(built);
        }
        let versions = if lock.is_some() { Versions::Locked } else { Versions::Free };
        if !modules.path().is_dir() {
            self.install_modules(&modules, source, versions, run).await?;
        }
        run.step("assembling sources and modules");
        let making = Making::of(&code)?;
        layers::copy(own, &making.partial, &is_source).map_err(BuildError::io(own))?;
        let installed = modules.path().join("node_modules");
        if installed.is_dir() {
            link(&installed, &making.partial.join("node_modules"))
                .map_err(BuildError::io(&installed))?;
        }
        making.finish()?;
        Ok(built)
    }

    /// Everything that decides what gets installed.
    fn modules_key(
        &self,
        source: &Path,
        lock: Option<&Path>,
        sources: &str,
        interpreter: Option<&Path>,
    ) -> Result<String, BuildError> {
        let read = |lock: &Path| fs::read_to_string(lock).map_err(BuildError::io(lock));
        let text = lock.map(read).transpose()?.unwrap_or_default();
        let manifest = source.join(MANIFEST);
        let manifest = fs::read_to_string(&manifest).map_err(BuildError::io(&manifest))?;
        let settings = fs::read_to_string(source.join(".npmrc")).unwrap_or_default();
        let node = interpreter
            .map(|node| self.digests.of_file(node).map_err(BuildError::io(node)))
            .transpose()?;
        // Packages of the source's own tree are installed from it.
        let local = if manifest.contains("\"file:")
            || text.contains("\"file:")
            || text.contains("\"link\": true")
        {
            sources
        } else {
            ""
        };
        Ok(of_texts([text.as_str(), &manifest, &settings, node.as_deref().unwrap_or(""), local]))
    }

    async fn install_modules(
        &self,
        modules: &Held,
        source: &Path,
        versions: Versions,
        run: &Run<'_>,
    ) -> Result<(), BuildError> {
        let advice = "install Node.js with npm from https://nodejs.org";
        let npm = find("npm", &self.path).ok_or(BuildError::MissingTool {
            build: "npm",
            tool: "npm",
            advice,
        })?;
        run.step("installing Node.js dependencies");
        let making = Making::of(modules)?;
        // In the source's own folder, `npm ci` would take away what its developer has installed.
        layers::copy(source, &making.partial, &is_source).map_err(BuildError::io(source))?;
        let words = [
            versions.command(),
            "--omit=dev",
            "--install-links",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
        ];
        let tool = Tool {
            program: &npm,
            arguments: words.map(Into::into).to_vec(),
            folder: &making.partial,
            advice: "run `npm install` in the function's folder to bring package-lock.json up to date",
        };
        tool.run(&self.path, run).await?;
        making.finish()
    }
}

/// Whether somebody wrote down which versions are meant.
#[derive(Debug, Clone, Copy)]
enum Versions {
    Locked,
    Free,
}

impl Versions {
    fn command(self) -> &'static str {
        match self {
            Self::Locked => "ci",
            Self::Free => "install",
        }
    }
}

fn is_source(path: &Path) -> bool {
    !is_ignored(path) && !path.ends_with("node_modules")
}

/// The same files under another folder; links inside are copied as they are.
fn link(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target): (PathBuf, PathBuf) = (entry.path(), into.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            link(&path, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&path)?, &target)?;
        } else {
            fs::hard_link(&path, &target)?;
        }
    }
    Ok(())
}
