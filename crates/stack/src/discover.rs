//! Finds what describes the stack of a folder, and tells what kind of file it is.

use std::path::{Path, PathBuf};

use crate::samconfig;
use crate::shape::listed;

/// The manifest's file name.
pub const MANIFEST: &str = "tidegate.yaml";

/// What people call it by mistake.
const MISNOMERS: [&str; 4] = ["tidegate.yml", "Tidegate.yaml", "tidegate.json", "tidegate.toml"];

/// What a CDK app leaves in its output folder.
pub(crate) const ASSEMBLY: &str = "manifest.json";

/// Who wrote the description of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// `tidegate.yaml`.
    Native,
    /// A template of AWS CloudFormation or SAM.
    Template,
    /// What `cdk synth` made.
    Assembly,
    /// A service of the Serverless Framework.
    Serverless,
    /// An OpenAPI or Swagger document with API Gateway's extensions.
    OpenApi,
}

/// Every name that is looked for in a folder.
const NAMES: [(&str, SourceKind); 14] = [
    (MANIFEST, SourceKind::Native),
    ("template.yaml", SourceKind::Template),
    ("template.yml", SourceKind::Template),
    ("template.json", SourceKind::Template),
    ("cdk.out", SourceKind::Assembly),
    ("serverless.yml", SourceKind::Serverless),
    ("serverless.yaml", SourceKind::Serverless),
    ("serverless.json", SourceKind::Serverless),
    ("openapi.yaml", SourceKind::OpenApi),
    ("openapi.yml", SourceKind::OpenApi),
    ("openapi.json", SourceKind::OpenApi),
    ("swagger.yaml", SourceKind::OpenApi),
    ("swagger.yml", SourceKind::OpenApi),
    ("swagger.json", SourceKind::OpenApi),
];

/// What only one kind of file has at its top, for files of any name.
const MARKS: [(&str, SourceKind); 6] = [
    ("AWSTemplateFormatVersion", SourceKind::Template),
    ("Transform", SourceKind::Template),
    ("Resources", SourceKind::Template),
    ("provider", SourceKind::Serverless),
    ("openapi", SourceKind::OpenApi),
    ("swagger", SourceKind::OpenApi),
];

impl SourceKind {
    /// By the file's name, or by how its text begins when the name says nothing.
    pub(crate) fn of(path: &Path, text: &str) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_known = NAMES.iter().any(|(known, _)| *known == name && *known != "cdk.out");
        if path.is_dir() && (!is_known || path.join(ASSEMBLY).is_file()) {
            return Self::Assembly;
        }
        if name.ends_with(".template.json") && path.with_file_name(ASSEMBLY).is_file() {
            return Self::Assembly;
        }
        if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) {
            return *kind;
        }
        let is_top = |line: &&str| !line.starts_with("   ");
        text.lines().filter(is_top).find_map(marked).unwrap_or(Self::Native)
    }
}

/// The kind whose mark begins this line.
fn marked(line: &str) -> Option<SourceKind> {
    let line = line.trim_start_matches([' ', '{']).trim_start_matches(['"', '\'']);
    let (_, kind) = MARKS.iter().find(|(mark, _)| {
        let rest = line.strip_prefix(mark).map(|rest| rest.trim_start_matches(['"', '\'']));
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    })?;
    Some(*kind)
}

/// Why no description of a stack was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    #[error("no {MANIFEST} in {}{}", .folder.display(), .cdk.then_some("; cdk.json is there, but no cdk.out").unwrap_or_default())]
    Nothing {
        folder: PathBuf,
        /// Whether an app of the CDK is there that was never synthesized.
        cdk: bool,
    },
    #[error("no {MANIFEST} in {}, but {name}", .folder.display())]
    Misnamed { folder: PathBuf, name: &'static str },
    #[error("{} describes its stack twice: {}", .folder.display(), listed(.names.iter().map(String::as_str), "and"))]
    Several { folder: PathBuf, names: Vec<String> },
    #[error("{} names the template `{}`, which is not there", .settings.display(), .template.display())]
    NoTemplate { settings: PathBuf, template: PathBuf },
}

impl NotFound {
    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Nothing { cdk: true, .. } => "run `cdk synth` first".to_owned(),
            Self::Nothing { .. } => {
                "`tidegate init .` writes a small stack, `tidegate up DIR` serves another \
                                     folder; a template.yaml, a cdk.out, a serverless.yml or an openapi.yaml is served as it is"
                    .to_owned()
            }
            Self::Misnamed { name, .. } => format!("rename {name} to {MANIFEST}"),
            Self::Several { folder, names } => {
                let path = |name: &String| format!("`{}`", folder.join(name).display());
                let paths: Vec<String> = names.iter().map(path).collect();
                format!("name the one that is meant in place of the folder: {}", paths.join(" or "))
            }
            Self::NoTemplate { .. } => "name the file that is meant in place of the folder".to_owned(),
        }
    }
}

/// Whether something of this name describes the stack of the folder in which it lies, or says what does.
pub fn is_description(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name) || samconfig::NAMES.contains(&name)
}

/// What describes the stack of exactly this folder.
pub fn in_folder(folder: &Path) -> Result<PathBuf, NotFound> {
    let is_there = |name: &str, kind| {
        let path = folder.join(name);
        if kind == SourceKind::Assembly { path.join(ASSEMBLY).is_file() } else { path.is_file() }
    };
    let named = named_template(folder)?;
    // The settings of SAM say which template is meant.
    let is_meant = |kind| named.is_none() || kind != SourceKind::Template;
    let found = NAMES.iter().filter(|(name, kind)| is_meant(*kind) && is_there(name, *kind));
    let names = found.map(|(name, _)| (*name).to_owned()).chain(named.clone());
    let names: Vec<String> = names.collect();
    match names.as_slice() {
        [] if folder.join(ASSEMBLY).is_file() => Ok(folder.to_owned()),
        // A folder or a link that leads nowhere: whoever reads it says what is wrong.
        [] if folder.join(MANIFEST).symlink_metadata().is_ok() => Ok(folder.join(MANIFEST)),
        [] => Err(nothing(folder)),
        [only] => Ok(folder.join(only)),
        _ => Err(NotFound::Several { folder: folder.to_owned(), names }),
    }
}

/// The template that SAM's settings in this folder name, from there.
fn named_template(folder: &Path) -> Result<Option<String>, NotFound> {
    let Some((settings, template)) = samconfig::template(folder) else { return Ok(None) };
    let inside = template.strip_prefix(folder).unwrap_or(&template).to_path_buf();
    match template.is_file() {
        true => Ok(Some(inside.display().to_string())),
        false => Err(NotFound::NoTemplate { settings, template: inside }),
    }
}

fn nothing(folder: &Path) -> NotFound {
    let is_there = |name: &&str| folder.join(name).is_file();
    match MISNOMERS.into_iter().find(is_there) {
        Some(name) => NotFound::Misnamed { folder: folder.to_owned(), name },
        None => NotFound::Nothing { folder: folder.to_owned(), cdk: is_there(&"cdk.json") },
    }
}

/// Looks in `folder`, then in its parents up to the root of its repository.
pub fn find(folder: &Path) -> Result<PathBuf, NotFound> {
    let start = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    for candidate in start.ancestors() {
        match in_folder(candidate) {
            Err(NotFound::Nothing { cdk: false, .. }) => {}
            found => return found,
        }
        if candidate.join(".git").exists() {
            break;
        }
    }
    Err(NotFound::Nothing { folder: start, cdk: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_searched_up_to_the_repository() {
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("repository/functions/results");
        std::fs::create_dir_all(&inner).expect("folders");
        let manifest = outer.path().join("repository").join(MANIFEST);
        std::fs::write(&manifest, "name: x\n").expect("a manifest");
        assert_eq!(find(&inner).expect("found"), manifest);

        std::fs::remove_file(&manifest).expect("removed");
        std::fs::write(outer.path().join(MANIFEST), "name: y\n").expect("a manifest");
        std::fs::create_dir(outer.path().join("repository/.git")).expect("a repository");
        let error = find(&inner).expect_err("outside the repository");
        assert!(error.to_string().starts_with("no tidegate.yaml in "), "{error}");
    }

    #[test]
    fn two_descriptions_in_one_folder_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("template.yml"), "").expect("a template");
        std::fs::create_dir(folder.path().join("cdk.out")).expect("a folder");
        assert_eq!(find(folder.path()).expect("one"), folder.path().join("template.yml"));

        std::fs::write(folder.path().join("cdk.out/manifest.json"), "{}").expect("an assembly");
        let error = find(folder.path()).expect_err("two");
        assert!(error.to_string().ends_with("twice: `template.yml` and `cdk.out`"), "{error}");
        assert!(error.help().contains("template.yml` or `"), "{}", error.help());
    }

    #[test]
    fn a_folder_with_the_name_of_a_manifest_is_no_app_of_the_cdk() {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = folder.path().join(MANIFEST);
        std::fs::create_dir(&manifest).expect("a folder");
        assert_eq!(find(folder.path()).expect("something is there"), manifest);
        let problems = crate::read(&manifest, &crate::Inputs::default()).expect_err("a folder");
        assert!(problems.lines().contains("cannot be read: "), "{}", problems.lines());
    }

    #[test]
    fn an_app_that_was_never_synthesized_is_told_so() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("cdk.json"), "{}").expect("a file");
        let error = find(folder.path()).expect_err("nothing to read");
        assert_eq!(error.help(), "run `cdk synth` first");
    }

    #[test]
    fn a_manifest_under_another_name_is_told_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("tidegate.yml"), "name: x\n").expect("a file");
        let error = find(folder.path()).expect_err("another name");
        assert!(error.to_string().ends_with(", but tidegate.yml"), "{error}");
        assert_eq!(error.help(), "rename tidegate.yml to tidegate.yaml");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = folder.path().join(MANIFEST);
        std::os::unix::fs::symlink("gone.yaml", &manifest).expect("a link");
        assert_eq!(find(folder.path()).expect("something is there"), manifest);
    }

    #[test]
    fn the_kind_of_a_file_shows_in_its_name_or_its_text() {
        let check = |name: &str, text: &str, expected| {
            assert_eq!(SourceKind::of(Path::new(name), text), expected, "{name}");
        };
        check("tidegate.yaml", "Resources:", SourceKind::Native);
        check("template.yaml", "", SourceKind::Template);
        check("shop.yaml", "name: shop\nfunctions: {}", SourceKind::Native);
        check("shop.yaml", "Description: x\nResources:\n  A:\n", SourceKind::Template);
        check("shop.json", "{\n  \"Resources\": {}\n}", SourceKind::Template);
        check("serverless.yml", "", SourceKind::Serverless);
        check("shop.yml", "service: shop\nprovider:\n  name: aws\n", SourceKind::Serverless);
        check("pets.yaml", "openapi: 3.0.1\n", SourceKind::OpenApi);
        check("pets.json", "{\n  \"swagger\": \"2.0\"\n}", SourceKind::OpenApi);
    }
}
