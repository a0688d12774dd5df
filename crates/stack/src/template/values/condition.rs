//! Conditions, and what depends on them.

use super::{Values, failed};
use crate::problem::{Code, Problem, Told};
use crate::shape::did_you_mean;
use crate::source::Span;
use crate::template::document::Resource;
use crate::template::intrinsic;
use crate::yaml::Node;

impl Values<'_> {
    /// Whether a condition of the template holds; `None` when that cannot be told, which has been reported.
    pub(in crate::template) fn condition(
        &self,
        name: &str,
        span: Span,
        told: &mut Told,
    ) -> Option<bool> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return *known;
        }
        let conditions = self.document.conditions;
        let Some(entry) = conditions.iter().find(|entry| entry.key.text == name) else {
            let message = format!("the template has no condition `{name}`");
            let names = conditions.iter().map(|entry| &*entry.key.text);
            let problem = Problem::new(Code::Dangling, message).at(span, "");
            told.problems.push(problem.maybe_help(did_you_mean(name, names)));
            return None;
        };
        // One that comes back to itself finds itself undecided; circles are reported on their own.
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let holds = self.holds(&entry.value, told);
        self.conditions.borrow_mut().insert(name.to_owned(), holds);
        holds
    }

    /// Evaluates an expression of conditions.
    pub(super) fn holds(&self, node: &Node, told: &mut Told) -> Option<bool> {
        let Some(call) = intrinsic::call(node) else {
            return match node.as_text() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => {
                    let message =
                        "a condition is made of `Fn::Equals`, `Fn::And`, `Fn::Or` and `Fn::Not`";
                    told.problems.push(Problem::new(Code::Intrinsic, message).at(node.span, ""));
                    None
                }
            };
        };
        let argument = call.argument;
        match (&*call.key.text, argument.items()) {
            ("Condition", _) => self.condition(argument.as_text()?, argument.span, told),
            ("Fn::Equals", [one, other]) => {
                let one = self.comparable(one, told);
                let other = self.comparable(other, told);
                Some(one? == other?)
            }
            ("Fn::Not", [one]) => self.holds(one, told).map(|holds| !holds),
            ("Fn::And", all @ [_, _, ..]) => {
                let each: Vec<_> = all.iter().map(|one| self.holds(one, told)).collect();
                each.into_iter().try_fold(true, |all, one| Some(all && one?))
            }
            ("Fn::Or", all @ [_, _, ..]) => {
                let each: Vec<_> = all.iter().map(|one| self.holds(one, told)).collect();
                each.into_iter().try_fold(false, |any, one| Some(any || one?))
            }
            (name, _) => {
                let message = match name {
                    "Fn::Equals" => "`Fn::Equals` takes two values".to_owned(),
                    "Fn::Not" => "`Fn::Not` takes a list of one condition".to_owned(),
                    "Fn::And" | "Fn::Or" => {
                        format!("`{name}` takes a list of two conditions or more")
                    }
                    _ => format!("`{name}` is not a condition"),
                };
                told.problems.push(Problem::new(Code::Intrinsic, message).at(argument.span, ""));
                None
            }
        }
    }

    fn comparable(&self, node: &Node, told: &mut Told) -> Option<String> {
        let text = self.text(node, told)?;
        Some(self.revealed(&text))
    }

    /// `!If`: one of two values.
    pub(super) fn choose(&self, argument: &Node, told: &mut Told) -> Option<Node> {
        let [name, then, otherwise] = argument.items() else {
            let message = "`Fn::If` takes a condition and two values";
            told.problems.push(Problem::new(Code::Intrinsic, message).at(argument.span, ""));
            return Some(failed(argument.span));
        };
        let holds = match name.as_text() {
            Some(text) => self.condition(text, name.span, told),
            None => self.holds(name, told),
        };
        match holds {
            Some(true) => self.evaluate(then, told),
            Some(false) => self.evaluate(otherwise, told),
            None => Some(failed(argument.span)),
        }
    }

    /// Whether a resource that is referred to exists under the conditions of now.
    pub(super) fn is_made(&self, resource: &Resource<'_>, span: Span, told: &mut Told) -> bool {
        let Some((name, condition)) = resource.condition else { return true };
        if self.condition(name, condition, told) != Some(false) {
            return true;
        }
        let message =
            format!("`{}` is not made, since its condition `{name}` does not hold", resource.id());
        let problem = Problem::new(Code::Dangling, message).at(span, "");
        told.problems.push(problem.help("refer to it below the same condition only, with `!If`"));
        false
    }
}
