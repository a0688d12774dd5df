//! Python: dependencies become a layer of their own, sources run in place.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::tool::{Tool, find};
use super::{BuildError, Builder, Built, Making, Run, Source};
use crate::artifacts::{COMPILED, Held};
use crate::code::digest::of_texts;

/// What is not the function's own source.
const FOREIGN: &str = r"(^|/)(\.venv|venv|node_modules|\.git|\.tidegate)(/|$)";

impl Builder {
    pub(super) async fn build_python(
        &self,
        source: Source<'_>,
        run: &Run<'_>,
    ) -> Result<Built, BuildError> {
        let Source { folder, sources, interpreter, .. } = source;
        let found = interpreter.map(Path::to_owned).or_else(|| find("python3", &self.path));
        let advice = "install Python 3 or add its folder to PATH";
        let missing = BuildError::MissingTool { build: "python", tool: "python3", advice };
        let python = found.ok_or(missing)?;
        let compiled = self.compile_sources(sources, &python, run).await?;
        let mut built =
            Built { code: sources.to_owned(), dependencies: None, kept: vec![compiled] };
        let requirements = folder.join("requirements.txt");
        if !requirements.is_file() {
            return Ok(built);
        }
        let key = self.requirements_key(&requirements, &python)?;
        let held = self.artifacts.hold(self.folder.join("python").join(key));
        if !held.path().is_dir() {
            self.install_requirements(&held, folder, &python, run).await?;
        }
        built.dependencies = Some(held.path().to_owned());
        built.kept.push(held);
        Ok(built)
    }

    async fn install_requirements(
        &self,
        folder: &Held,
        source: &Path,
        python: &Path,
        run: &Run<'_>,
    ) -> Result<(), BuildError> {
        run.step("installing Python dependencies");
        let making = Making::of(folder)?;
        // A layer's Python packages are looked for below this name.
        let target = making.partial.join("python");
        let target = target.as_os_str();
        let (program, mut arguments) = self.python_installer(python);
        arguments.extend([
            "--target".into(),
            target.into(),
            "-r".into(),
            "requirements.txt".into(),
        ]);
        let advice = "correct requirements.txt, or see whether the package index can be reached";
        let tool = Tool { program: &program, arguments, folder: source, advice };
        tool.run(&self.path, run).await?;
        making.finish()
    }

    /// uv where it is installed, else the interpreter's own pip, up to what is to be installed where.
    pub(super) fn python_installer(&self, python: &Path) -> (PathBuf, Vec<OsString>) {
        if let Some(uv) = find("uv", &self.path) {
            let words = ["pip", "install", "--no-progress", "--compile-bytecode", "--python"];
            return (uv, words.into_iter().map(Into::into).chain([python.into()]).collect());
        }
        let words = [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--progress-bar",
            "off",
            "--root-user-action",
            "ignore",
            "--compile",
        ];
        (python.to_owned(), words.map(Into::into).to_vec())
    }

    /// Everything that decides what gets installed.
    fn requirements_key(&self, requirements: &Path, python: &Path) -> Result<String, BuildError> {
        let mut parts = BTreeSet::new();
        let interpreter = fs::canonicalize(python).map_err(BuildError::io(python))?;
        parts.insert(self.digests.of_file(&interpreter).map_err(BuildError::io(python))?);
        let mut files = vec![requirements.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(file) = files.pop() {
            if !seen.insert(file.clone()) {
                continue;
            }
            let text = fs::read_to_string(&file).map_err(BuildError::io(&file))?;
            let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
            for line in text.lines().map(str::trim) {
                match reference(line) {
                    Reference::File(name) => files.push(folder.join(name)),
                    // pip resolves local packages from where it runs, the folder of the first file.
                    Reference::Local(name) => {
                        let local = requirements.parent().unwrap_or(Path::new(".")).join(name);
                        parts.insert(self.local_digest(&local)?);
                    }
                    Reference::None => {}
                }
            }
            // Not where it lies: the same requirements of another version of the code are the same.
            let name = file.strip_prefix(requirements.parent().unwrap_or(Path::new("")));
            parts.insert(format!("{}:{text}", name.unwrap_or(&file).display()));
        }
        Ok(of_texts(parts.iter().map(String::as_str)))
    }

    fn local_digest(&self, package: &Path) -> Result<String, BuildError> {
        let counts = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // What building the package leaves in its folder.
            !crate::code::digest::is_ignored(path)
                && name != "build"
                && !name.ends_with(".egg-info")
        };
        let digest = if package.is_dir() {
            self.digests.of_folder_where(package, &counts)
        } else {
            self.digests.of_file(package)
        };
        digest.map_err(BuildError::io(package))
    }

    /// Bytecode beside the sources, as Python itself would put it there on first use: inside of its sandbox a
    /// function cannot. Gives what remembers that it was done.
    async fn compile_sources(
        &self,
        source: &Path,
        python: &Path,
        run: &Run<'_>,
    ) -> Result<Held, BuildError> {
        let digest = self.digests.of_folder_where(source, &|path| {
            !crate::code::digest::is_ignored(path)
                && !path.ends_with(".venv")
                && !path.ends_with("venv")
        });
        let digest = digest.map_err(BuildError::io(source))?;
        // A folder that was made anew under the same name has no bytecode.
        let folder = fs::metadata(source).map_err(BuildError::io(source))?;
        let made = format!("{} {:?}", folder.ino(), folder.created().ok());
        let (name, program) = (source.to_string_lossy(), python.to_string_lossy());
        let key = of_texts([digest.as_str(), &*name, &made, &*program]);
        let held =
            self.artifacts.hold(self.folder.join("python").join(format!("{key}.{COMPILED}")));
        let compiled = held.path();
        if compiled.is_file() {
            return Ok(held);
        }
        run.step("compiling Python sources");
        let arguments = ["-m", "compileall", "-q", "-x", FOREIGN, "."].map(Into::into).to_vec();
        let tool =
            Tool { program: python, arguments, folder: source, advice: "correct the source" };
        match tool.run(&self.path, run).await {
            // A file that does not compile may be one that nobody imports; its import says so if not.
            Ok(_) | Err(BuildError::Failed { .. }) => {}
            Err(error) => return Err(error),
        }
        fs::write(compiled, "").map_err(BuildError::io(compiled))?;
        Ok(held)
    }
}

/// What a line of a requirements file refers to besides a package index.
#[derive(Debug, PartialEq, Eq)]
enum Reference {
    File(PathBuf),
    Local(PathBuf),
    None,
}

fn reference(line: &str) -> Reference {
    let line = line.split(" #").next().unwrap_or(line).trim();
    for option in ["-r", "-c", "--requirement", "--constraint"] {
        if let Some(rest) = line.strip_prefix(option)
            && rest.starts_with([' ', '='])
        {
            return Reference::File(rest[1..].trim().into());
        }
    }
    let line = line
        .strip_prefix("-e ")
        .or_else(|| line.strip_prefix("--editable "))
        .unwrap_or(line)
        .trim();
    let line = line.split_once("@ file:").map_or(line, |(_, path)| path.trim_start_matches("//"));
    let is_local = line.starts_with(['.', '/']) || line.ends_with(".whl") && !line.contains("://");
    // Extras are not part of the path.
    let path = line.split('[').next().unwrap_or(line).trim();
    if is_local { Reference::Local(path.into()) } else { Reference::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_local_files_are_followed() {
        assert_eq!(reference("-r base.txt"), Reference::File("base.txt".into()));
        assert_eq!(reference("--constraint=c.txt"), Reference::File("c.txt".into()));
        assert_eq!(reference("./package[extra]"), Reference::Local("./package".into()));
        assert_eq!(reference("-e ../package"), Reference::Local("../package".into()));
        assert_eq!(
            reference("package @ file:///srv/package"),
            Reference::Local("/srv/package".into())
        );
        assert_eq!(reference("requests==2.32 # pinned"), Reference::None);
    }
}
