//! A deployed stack as a template of the Serverless Application Model, with the code that it names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use stack::Problems;
use store::Deployment;

use super::folders::Unpacked;
use super::read::shown;
use super::{Deployed, Deployments, unusable};
use crate::bundle::Listing;
use crate::trouble::Trouble;

/// What is done with what a template cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsaid {
    Refused,
    LeftOut,
}

impl Deployments {
    /// The template of the revision that is served, what is told about it, and the files beside it.
    pub(crate) async fn template(
        self: &Arc<Self>,
        deployed: &Arc<Deployed>,
        unsaid: Unsaid,
    ) -> Result<Value, Trouble> {
        let (all, deployed) = (Arc::clone(self), Arc::clone(deployed));
        let written = tokio::task::spawn_blocking(move || all.written(&deployed, unsaid));
        let panicked = |panic| Trouble::from(format!("writing the template failed: {panic}"));
        written.await.map_err(panicked)?
    }

    /// Blocks.
    fn written(&self, deployed: &Deployed, unsaid: Unsaid) -> Result<Value, Trouble> {
        let kept = &deployed.kept;
        let source = self.folders.find(&kept.bundle).map_err(|error| unusable(&error))?;
        self.folders.check(&source, &kept.source).map_err(|error| unusable(&error))?;
        let mut inputs = self.inputs_of(kept, &self.given(kept)?);
        inputs.allow_unsupported |= unsaid == Unsaid::LeftOut;
        let manifest = source.folder.join(&kept.source);
        let exported = stack::export(&manifest, &source.folder, &inputs);
        let exported = exported.map_err(|problems| shown(&problems, &source.folder))?;
        let told = [&exported.left_out, &exported.notes].into_iter().flatten();
        let prefix = format!("{}/", source.folder.display());
        let told: String = told.map(Problems::lines).collect();
        Ok(json!({
            "template": exported.template,
            "told": told.replace(&prefix, ""),
            "files": files(&source, kept, &exported.code).files,
        }))
    }
}

/// What lies at these paths, without what describes the stack in another way.
fn files(source: &Unpacked, kept: &Deployment, needs: &BTreeSet<PathBuf>) -> Listing {
    let is_needed = |path: &Path| needs.iter().any(|need| path.starts_with(need));
    let describes = |path: &str| path == kept.source || stack::is_description(path);
    let all = source.listing.files.iter();
    let files = all.filter(|(path, _)| is_needed(&source.folder.join(path)) && !describes(path));
    Listing { files: files.map(|(path, entry)| (path.clone(), entry.clone())).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::folders::tests::{folders, sent};
    use super::*;

    #[test]
    fn what_describes_the_stack_otherwise_stays_behind() {
        let (_state, folders) = folders();
        let texts = [
            ("tidegate.yaml", "name: shop"),
            ("hello/index.py", "a"),
            ("hello/template.yaml", "of the function's own"),
            ("openapi.yaml", "b"),
            ("samconfig.toml", "which names another template"),
            ("other/index.py", "c"),
        ];
        let source = sent(&folders, &texts);
        let kept = kept("tidegate.yaml");
        let names = |needs: &[&str]| {
            let needs: BTreeSet<_> = needs.iter().map(|need| source.folder.join(need)).collect();
            files(&source, &kept, &needs).files.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(names(&["hello"]), ["hello/index.py", "hello/template.yaml"]);
        assert_eq!(names(&[""]), ["hello/index.py", "hello/template.yaml", "other/index.py"]);
        assert_eq!(names(&[]), [""; 0]);
    }

    fn kept(source: &str) -> Deployment {
        Deployment {
            name: "shop".to_owned(),
            revision: 1,
            bundle: String::new(),
            source: source.to_owned(),
            inputs: String::new(),
            at: model::Timestamp::default(),
            by: String::new(),
            reason: String::new(),
        }
    }
}
