//! From a kept source to its stack, whose code lies where it can run.

use std::path::{Path, PathBuf};

use model::{Build, Function, Stack};
use store::Deployment;

use super::folders::Unpacked;
use super::{Deployed, Deployments, Given, unusable};
use crate::trouble::Trouble;

impl Deployments {
    /// Blocks.
    pub(super) fn read(&self, kept: Deployment, given: &Given) -> Result<Deployed, Trouble> {
        let source = self.folders.find(&kept.bundle).map_err(|error| unusable(&error))?;
        self.folders.check(&source, &kept.source).map_err(|error| unusable(&error))?;
        let manifest = source.folder.join(&kept.source);
        let read = stack::read_with_warnings(&manifest, &self.inputs_of(&kept, given));
        let read = read.map_err(|problems| shown(&problems, &source.folder))?;
        let mut imported = given.imports.clone();
        imported.retain(|name, _| read.imported.contains(name));
        let mut stack = read.stack;
        check_name(&kept.name, &stack.name)?;
        self.place(&source, &mut stack)?;
        let warnings = read.warnings.iter().flat_map(|problems| &problems.all);
        let warnings = warnings.map(|one| format!("{}: {}", one.code, one.message)).collect();
        Ok(Deployed { kept, stack, warnings, imported, trouble: None })
    }

    /// What a revision's source is read with.
    pub(super) fn inputs_of(&self, kept: &Deployment, given: &Given) -> stack::Inputs {
        stack::Inputs {
            environment: given.environment.clone().into_iter().collect(),
            set: given.set.clone(),
            allow_unsupported: given.allow_unsupported,
            imports: given.imports.clone(),
            stack_name: Some(stack_name(&kept.name)),
            ..self.inputs.clone()
        }
    }

    /// Leads to code by what is in it, so that what did not change is not touched by a new bundle.
    fn place(&self, source: &Unpacked, stack: &mut Stack) -> Result<(), Trouble> {
        for function in stack.functions.values_mut() {
            let what = format!("function `{}`", function.name);
            let Function { code, files, build, layers, .. } = function;
            if let Some(code) = code.path_mut().filter(|_| !is_compiled(build.as_ref())) {
                // A build reads files that are not the function's own.
                let is_taken = |file: &Path| build.is_some() || files.includes(file);
                self.place_one(source, code, &is_taken, &what)?;
            }
            for layer in layers {
                self.place_one(source, layer, &|_| true, &what)?;
            }
        }
        for process in stack.processes.values_mut() {
            if !is_compiled(process.build.as_ref()) {
                let what = format!("process `{}`", process.name);
                self.place_one(source, &mut process.code, &|_| true, &what)?;
            }
        }
        Ok(())
    }

    /// Those files, by their paths in it, that are taken.
    fn place_one(
        &self,
        source: &Unpacked,
        path: &mut PathBuf,
        is_taken: &dyn Fn(&Path) -> bool,
        what: &str,
    ) -> Result<(), Trouble> {
        let placed =
            self.folders.place(source, path, is_taken).map_err(|error| unusable(&error))?;
        *path = placed.ok_or_else(|| {
            let shown = path.strip_prefix(&source.folder).unwrap_or(path).display();
            Trouble::from(format!(
                "{what}: its code `{shown}` is not among the files that were sent; what a stack needs \
                 has to lie in the folder that is deployed"
            ))
        })?;
        Ok(())
    }
}

/// A crate may need others of its workspace, so that it is built where it lies among them.
fn is_compiled(build: Option<&Build>) -> bool {
    matches!(build, Some(Build::Cargo { .. }))
}

/// The paths of a stack's code.
pub(super) fn code(stack: &Stack) -> impl Iterator<Item = &PathBuf> {
    let functions = stack.functions.values();
    let functions = functions.flat_map(|it| it.code.path().into_iter().chain(&it.layers));
    functions.chain(stack.processes.values().map(|process| &process.code))
}

/// What a template's stack is called: `shop-dev` in the environment `dev`.
fn stack_name(deployment: &str) -> String {
    deployment.replace('@', "-")
}

/// A deployment is its stack's name, with an environment behind an `@`.
fn check_name(deployment: &str, stack: &str) -> Result<(), Trouble> {
    let (name, environment) = deployment.split_once('@').unwrap_or((deployment, "any"));
    let is_name = |text: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !text.is_empty() && text.len() <= 64 && text.chars().all(is_plain)
    };
    let is_stacks = name == stack || stack_name(deployment) == stack;
    if is_stacks && is_name(name) && is_name(environment) {
        return Ok(());
    }
    Err(Trouble::from(match is_stacks {
        true => format!(
            "`{deployment}` cannot be a deployment's name: a stack's name and an environment have 1 to \
             64 letters, digits, `-` and `_` each"
        ),
        false => format!("the source is of the stack `{stack}`, and not of `{name}`"),
    }))
}

/// With paths as the sender knows them.
pub(super) fn shown(problems: &stack::Problems, folder: &Path) -> Trouble {
    let mut trouble = Trouble::of(problems, stack::Look::Plain);
    let prefix = format!("{}/", folder.display());
    trouble.message = trouble.message.replace(&prefix, "");
    let text = serde_json::Value::from(trouble.problems).to_string().replace(&prefix, "");
    trouble.problems = serde_json::from_str(&text).unwrap_or_default();
    trouble
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_named_after_its_stack() {
        for (deployment, stack) in
            [("shop", "shop"), ("shop@dev-2", "shop"), ("shop@dev-2", "shop-dev-2")]
        {
            assert_eq!(check_name(deployment, stack), Ok(()), "{deployment}");
        }
        for (deployment, stack) in [
            ("shop", "blog"),
            ("shop@dev", "shop-prod"),
            ("shop@", "shop"),
            ("shop@a b", "shop"),
            ("a b", "a b"),
            ("", ""),
        ] {
            assert!(check_name(deployment, stack).is_err(), "{deployment}");
        }
    }
}
