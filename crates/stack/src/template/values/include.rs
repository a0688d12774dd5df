//! `Fn::Transform` of `AWS::Include`: a part of the template that stands in another file.

use super::Values;
use crate::foreign::file;
use crate::problem::{Code, Problem, Told};
use crate::template::references;
use crate::yaml::Node;

impl Values<'_> {
    /// `None` when a problem has been reported.
    pub(super) fn include(&self, argument: &Node, told: &mut Told) -> Option<Node> {
        let span = argument.span;
        let name = argument.get("Name").and_then(Node::as_text).unwrap_or_default();
        if name != "AWS::Include" {
            told.unsupported(format!("the transform `{name}` is not supported"), span);
            return None;
        }
        let Some(location) = argument.get("Parameters").and_then(|it| it.get("Location")) else {
            let message = "`AWS::Include` takes the parameter `Location`";
            told.problems.push(Problem::new(Code::Intrinsic, message).at(span, ""));
            return None;
        };
        let path = self.text(location, told)?;
        let tree = self.file(&path, location, told)?;
        references::check_tree(&tree, self, told).then(|| self.evaluate(&tree, told)).flatten()
    }

    /// What a file beside the template holds; each value stands where the template names the file.
    pub(in crate::template) fn file(
        &self,
        path: &str,
        location: &Node,
        told: &mut Told,
    ) -> Option<Node> {
        if path.starts_with("s3://") {
            let message =
                format!("`{path}` is kept in the cloud, and not in a folder of this machine");
            told.unsupported(message, location.span);
            return None;
        }
        let text = file::text(&self.folder.join(path), path);
        let problem = match text.and_then(|it| it.map(|it| file::tree(it, path)).transpose()) {
            Ok(Some(tree)) => return tree.map(|it| it.placed(location.span)),
            Ok(None) => {
                Box::new(Problem::new(Code::Dangling, format!("there is no file `{path}`")))
            }
            Err(problem) => problem,
        };
        told.problems.push(problem.at(location.span, ""));
        None
    }
}
