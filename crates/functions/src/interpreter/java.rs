//! Finds a Java runtime: those that the search path names and those installed beside them, which is where
//! distributions and version managers put others.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{Interpreter, Interpreters, is_executable, names, output};
use crate::bootstrap::Bootstraps;

/// The oldest that the bootstrap runs on.
const OLDEST: u8 = 8;

impl Interpreters {
    pub(super) async fn java(
        &self,
        wanted: u8,
        bootstraps: &Bootstraps,
    ) -> Result<Interpreter, String> {
        let mut candidates = self.javas();
        candidates.sort_by_key(|(major, _)| rank(*major, wanted));
        for (_, candidate) in candidates {
            let Ok((home, major)) = probe(&candidate, bootstraps).await else { continue };
            if major < OLDEST {
                continue;
            }
            return Ok(Interpreter {
                path: home.join("bin").join("java"),
                version: major.to_string(),
                bootstrap: bootstraps.java(),
                is_substitute: major != wanted,
                linked: linked(&home),
            });
        }
        Err(self.absent(&model::Runtime::Java { major: wanted }.to_string(), "java"))
    }

    /// Every `java` that there is, with the version that its installation tells.
    fn javas(&self) -> Vec<(Option<u8>, PathBuf)> {
        let mut found: Vec<PathBuf> = Vec::new();
        let mut add = |java: PathBuf| {
            let Ok(java) = fs::canonicalize(java) else { return };
            if is_executable(&java) && !found.contains(&java) {
                found.push(java);
            }
        };
        let named: Vec<_> = self.folders().iter().map(|folder| folder.join("java")).collect();
        named.iter().cloned().for_each(&mut add);
        for java in named.iter().filter_map(|java| fs::canonicalize(java).ok()) {
            let Some(all) = home_of(&java).and_then(Path::parent) else { continue };
            names(all).iter().for_each(|name| add(all.join(name).join("bin").join("java")));
        }
        found.into_iter().map(|java| (told_version(&java), java)).collect()
    }
}

/// The exact version first, then newer ones, which run what was made for older ones, then the rest.
fn rank(major: Option<u8>, wanted: u8) -> (u8, u8) {
    match major {
        Some(major) if major >= wanted => (0, major - wanted),
        Some(major) => (1, wanted - major),
        None => (2, 0),
    }
}

/// The folder of an installation; a development kit of version 8 has its runtime in a folder `jre`.
fn home_of(java: &Path) -> Option<&Path> {
    let home = java.parent().filter(|folder| folder.ends_with("bin"))?.parent()?;
    if home.ends_with("jre") { home.parent() } else { Some(home) }
}

fn told_version(java: &Path) -> Option<u8> {
    let text = fs::read_to_string(home_of(java)?.join("release")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    major(line.trim_matches('"'))
}

/// Of `17.0.15`, `25`, or `1.8.0_402`.
fn major(version: &str) -> Option<u8> {
    let version = version.strip_prefix("1.").unwrap_or(version);
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

async fn probe(candidate: &Path, bootstraps: &Bootstraps) -> Result<(PathBuf, u8), String> {
    let mut command = Command::new(candidate);
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp"]);
    command.arg(bootstraps.folder().join(bootstraps.java())).arg("tidegate.bootstrap.Probe");
    let text = output(command).await?;
    let (home, version) = text.trim().split_once('\n').ok_or("it printed something else")?;
    let home = fs::canonicalize(home).map_err(|error| error.to_string())?;
    Ok((home, major(version).ok_or("its version is not a number")?))
}

/// Where links of an installation lead that leave it; Debian keeps Java's settings below `/etc`.
fn linked(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["conf", "lib"] {
        look(home, &home.join(folder), &mut found);
    }
    found.sort();
    found.dedup();
    let all = found.clone();
    let is_covered = |path: &PathBuf| all.iter().any(|it| it != path && path.starts_with(it));
    found.retain(|path| !is_covered(path));
    found
}

fn look(home: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_symlink() {
            found.extend(fs::canonicalize(path).ok().filter(|it| is_outside(it, home)).map(shown));
        } else if path.is_dir() {
            look(home, &path, found);
        }
    }
}

/// Not among what every function sees anyway.
fn is_outside(path: &Path, home: &Path) -> bool {
    !path.starts_with(home) && !path.starts_with("/usr")
}

/// The folder of a file, unless that holds much else.
fn shown(file: PathBuf) -> PathBuf {
    match file.parent() {
        Some(folder) if folder.components().count() > 2 => folder.to_owned(),
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn newer_versions_stand_in_before_older_ones() {
        let mut all = [None, Some(8), Some(11), Some(17), Some(21), Some(25)];
        all.sort_by_key(|major| rank(*major, 17));
        assert_eq!(all, [Some(17), Some(21), Some(25), Some(11), Some(8), None]);
    }

    #[test]
    fn versions_are_read_in_both_spellings() {
        let told = ["17.0.15", "25", "1.8.0_402", "21-ea", ""].map(major);
        assert_eq!(told, [Some(17), Some(25), Some(8), Some(21), None]);
    }

    #[test]
    fn what_lies_beside_a_runtime_on_the_path_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("a path");
        for (name, version) in [("a17", "17.0.1"), ("b25", "25"), ("c8", "1.8.0_1")] {
            let home = root.join("jvm").join(name);
            fs::create_dir_all(home.join("bin")).expect("made");
            fs::write(home.join("release"), format!("X=1\nJAVA_VERSION=\"{version}\"\n"))
                .expect("written");
            let java = home.join("bin/java");
            fs::write(&java, "").expect("written");
            fs::set_permissions(java, fs::Permissions::from_mode(0o755)).expect("set");
        }
        fs::create_dir(root.join("bin")).expect("made");
        symlink(root.join("jvm/b25/bin/java"), root.join("bin/java")).expect("linked");
        let mut found = Interpreters::new(&root.join("bin").into_os_string()).javas();
        assert_eq!(found[0], (Some(25), root.join("jvm/b25/bin/java")));
        found.sort();
        let versions: Vec<_> = found.into_iter().map(|(version, _)| version).collect();
        assert_eq!(versions, [Some(8), Some(17), Some(25)]);
    }

    #[test]
    fn settings_outside_of_the_installation_are_shown_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("a path");
        let (home, settings) = (root.join("home"), root.join("settings"));
        for made in [home.join("conf/security"), home.join("lib"), settings.join("security")] {
            fs::create_dir_all(made).expect("made");
        }
        for file in ["jvm.cfg", "security/java.security"] {
            fs::write(settings.join(file), "").expect("written");
        }
        symlink(settings.join("jvm.cfg"), home.join("lib/jvm.cfg")).expect("linked");
        let target = home.join("conf/security/java.security");
        symlink(settings.join("security/java.security"), target).expect("linked");
        symlink("/usr/bin/env", home.join("lib/tool")).expect("linked");
        symlink(home.join("lib/jvm.cfg"), home.join("lib/same")).expect("linked");
        assert_eq!(linked(&home), [settings]);
    }
}
