//! The code of functions: where it is, and whether it is built.

use std::path::{Path, PathBuf};

use model::Language;
use serde_json::Value as Json;

use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::lowering::Lowering;
use crate::template::native::Draft;
use crate::template::values::literal;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn code(
        &mut self,
        resource: &'a Resource<'a>,
        bag: &mut Bag<'a>,
        runtime: &str,
        draft: &mut Draft,
    ) {
        if let Some(image) = bag.entry("ImageUri").or_else(|| bag.entry("ImageConfig")) {
            self.told.unsupported("functions that are images are not supported", image.key.span);
        }
        let is_serverless = resource.kind == "AWS::Serverless::Function";
        let written = bag.take(if is_serverless { "CodeUri" } else { "Code" });
        let inline = bag.take("InlineCode").or_else(|| written?.get("ZipFile"));
        if let Some(text) = self.value(inline) {
            let mut code = Draft::new(text.span);
            code.put("inline", text);
            return draft.put("code", code.node());
        }
        let asset = self.asset(resource, written);
        let Some(code) = asset.or_else(|| self.code_path(written)) else { return };
        let path = code.as_text().unwrap_or_default().to_owned();
        draft.put("code", code);
        // What a template of CloudFormation names was built by somebody.
        if is_serverless {
            self.build(resource, &path, runtime, draft);
        }
    }

    /// Where the CDK left the code of a resource.
    pub(in crate::template::lowering) fn asset(
        &mut self,
        resource: &Resource<'_>,
        written: Option<&Node>,
    ) -> Option<Node> {
        let assembly = self.assembly?;
        let noted = resource.metadata.and_then(|it| it.get("aws:asset:path"));
        let path = match noted.and_then(Node::as_text) {
            Some(path) => assembly.folder.join(path),
            None => {
                let key = written?.get("S3Key")?;
                let key = self.text(Some(key))?;
                assembly.asset(&key)?.to_owned()
            }
        };
        let path = beside(&path, &self.values.folder);
        Some(Node::text(written?.span, literal(&path.display().to_string())))
    }

    /// A path, or `{ S3Bucket, S3Key }` of what stands in the cloud.
    pub(in crate::template::lowering) fn code_path(
        &mut self,
        written: Option<&Node>,
    ) -> Option<Node> {
        let value = self.value(written)?;
        if value.is_unresolved() {
            return Some(value);
        }
        match value.as_text() {
            Some(text) if !text.starts_with("s3://") => Some(Node::text(value.span, text)),
            _ => {
                let message = "this code is kept in the cloud, and not in a folder of this machine";
                self.told.unsupported(message, value.span);
                None
            }
        }
    }

    /// Builds what `sam build` would build.
    fn build(&mut self, resource: &Resource<'_>, path: &str, runtime: &str, draft: &mut Draft) {
        let span = resource.key.span;
        let skips = resource.metadata.and_then(|it| it.get("SkipBuild"));
        if skips.and_then(Node::as_text).is_some_and(|it| it.eq_ignore_ascii_case("true")) {
            return;
        }
        let folder = self.values.folder.join(path);
        let method = resource.metadata.and_then(|it| it.get("BuildMethod"));
        let method = method.and_then(|node| Some((node.as_text()?, node.span)));
        let is_plain = |method: &str| method.starts_with("python") || method.starts_with("nodejs");
        let tool = match method {
            Some(("rust-cargolambda", _)) => {
                let properties = resource.metadata.and_then(|it| it.get("BuildProperties"));
                let binary = properties.and_then(|it| it.get("Binary")).and_then(Node::as_text);
                let mut build = Draft::new(span);
                build.put("tool", Node::plain(span, "cargo"));
                build.put("binary", Node::text(span, binary.unwrap_or("bootstrap")));
                return draft.put("build", build.node());
            }
            Some((method, span)) if !is_plain(method) => {
                self.told
                    .unsupported(format!("the build method `{method}` is not supported"), span);
                return;
            }
            _ if runtime.starts_with("python") && has_requirements(&folder) => "python",
            _ if runtime.starts_with("nodejs") && has_dependencies(&folder) => "npm",
            _ => return,
        };
        draft.put("build", Node::plain(span, tool));
    }
}

/// A path as it is from a folder, which may lie deeper: a stage's assets are beside its own folder.
fn beside(path: &Path, folder: &Path) -> PathBuf {
    let mut up = PathBuf::new();
    for ancestor in folder.ancestors() {
        // The root alone is nothing that they have in common.
        let is_shared = ancestor.parent().is_some();
        if let Some(rest) = path.strip_prefix(ancestor).ok().filter(|_| is_shared) {
            return up.join(rest);
        }
        up.push("..");
    }
    path.to_owned()
}

/// Whether `sam build` would install anything in this folder.
pub(crate) fn needs_build(folder: &Path, language: Language) -> bool {
    match language {
        Language::Python => has_requirements(folder),
        Language::Node => has_dependencies(folder),
        Language::Native | Language::Java => false,
    }
}

/// Whether there is anything to install for Python.
fn has_requirements(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("requirements.txt")).unwrap_or_default();
    text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether there is anything to install for Node, and nobody has.
fn has_dependencies(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    let package: Json = serde_json::from_str(&text).unwrap_or_default();
    let is_empty = package["dependencies"].as_object().is_none_or(serde_json::Map::is_empty);
    let is_locked = folder.join("package-lock.json").is_file();
    !is_empty && (is_locked || !folder.join("node_modules").is_dir())
}
