//! Installs libraries that AWS's runtimes bring, each set once, into a folder named after what is in it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use model::Language;

use super::tool::{Tool, find};
use super::{BuildError, Builder, Making, Report, Run};
use crate::artifacts::Held;
use crate::code::digest::of_texts;

/// A package of an index in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: &'static str,
}

/// What to install, and for which interpreter.
#[derive(Debug, Clone, Copy)]
pub struct Libraries<'a> {
    pub packages: &'a [Package],
    pub interpreter: &'a Path,
}

const ADVICE: &str = "see whether the package index can be reached";

impl Builder {
    /// The folder with the packages: Python's modules lie in it, Node's in its `node_modules`.
    pub async fn libraries(
        &self,
        language: Language,
        libraries: Libraries<'_>,
        report: &(dyn Fn(Report<'_>) + Sync),
    ) -> Result<Held, BuildError> {
        let run = Run { report, clock: &*self.clock, since: self.clock.moment() };
        let Libraries { packages, interpreter } = libraries;
        let separator = if language == Language::Node { "@" } else { "==" };
        let named: Vec<String> =
            packages.iter().map(|it| format!("{}{separator}{}", it.name, it.version)).collect();
        // Bytecode and compiled parts are for one interpreter.
        let place = interpreter.to_string_lossy();
        let key = of_texts(named.iter().map(String::as_str).chain([&*place]));
        let held = self.artifacts.hold(self.folder.join("libraries").join(key));
        if held.path().is_dir() {
            return Ok(held);
        }
        run.step(&format!("installing {}", shown(packages)));
        let making = Making::of(&held)?;
        if language == Language::Node {
            self.install_node_libraries(&making.partial, &named, &run).await?;
        } else {
            self.install_python_libraries(&making.partial, &named, interpreter, &run).await?;
        }
        making.finish()?;
        Ok(held)
    }

    async fn install_python_libraries(
        &self,
        folder: &Path,
        named: &[String],
        python: &Path,
        run: &Run<'_>,
    ) -> Result<(), BuildError> {
        let (program, mut arguments) = self.python_installer(python);
        // Each of them is named with its version.
        let words = ["--no-deps", "--only-binary", ":all:", "--target"];
        arguments.extend(words.map(Into::into));
        arguments.push(folder.into());
        arguments.extend(named.iter().map(OsString::from));
        let tool = Tool { program: &program, arguments, folder, advice: ADVICE };
        tool.run(&self.path, run).await.map(drop)
    }

    async fn install_node_libraries(
        &self,
        folder: &Path,
        named: &[String],
        run: &Run<'_>,
    ) -> Result<(), BuildError> {
        let advice = "install Node.js with npm from https://nodejs.org";
        let missing = BuildError::MissingTool { build: "npm", tool: "npm", advice };
        let npm = find("npm", &self.path).ok_or(missing)?;
        // Without one, npm would install into a folder above.
        let manifest = folder.join("package.json");
        fs::write(&manifest, "{\"private\":true}\n").map_err(BuildError::io(&manifest))?;
        let words = ["install", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"];
        let mut arguments: Vec<OsString> = words.map(Into::into).to_vec();
        arguments.extend(named.iter().map(OsString::from));
        let tool = Tool { program: &npm, arguments, folder, advice: ADVICE };
        tool.run(&self.path, run).await.map(drop)
    }
}

/// The first few by name, with their versions.
fn shown(packages: &[Package]) -> String {
    let each = packages.iter().take(2).map(|it| format!("{} {}", it.name, it.version));
    let mut text = each.collect::<Vec<_>>().join(", ");
    if packages.len() > 2 {
        text.push_str(&format!(" and {} more", packages.len() - 2));
    }
    text
}
