//! Evaluates the functions of a template: what is left is text, lists and mappings.
//!
//! Texts come out in the native form: `${queue:name.url}` and the like stand for what a resource will be
//! called by, and `$${` for `${` itself.

mod attribute;
mod condition;
mod function;
mod generated;
mod include;
mod name;
mod sub;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub(super) use generated::{HTTP_API, REST_API, REST_STAGE};

use super::document::Document;
use super::intrinsic::{self, Intrinsic};
use super::parameters::{Parameter, Parameters};
use crate::Inputs;
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// Everything that values of a template depend on.
pub(super) struct Values<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) parameters: Parameters,
    pub(super) inputs: &'a Inputs,
    /// The stack's name.
    pub(super) stack: String,
    /// Where relative paths of the template start.
    pub(super) folder: PathBuf,
    /// Resources that only stand for what somebody else makes.
    pub(super) outside: BTreeSet<String>,
    /// References that lead back to where they stand, which has been reported.
    pub(super) closing: BTreeSet<Span>,
    /// Conditions that were evaluated; `None` while one is being evaluated.
    conditions: RefCell<BTreeMap<String, Option<bool>>>,
    /// Secret parameters that something refers to.
    secrets: RefCell<BTreeSet<String>>,
    /// Exports of other stacks that something imports.
    imported: RefCell<BTreeSet<String>>,
}

/// Text that says nothing but itself, in the native form.
pub(super) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// What evaluation leaves in the place of a value whose problem has been reported.
fn failed(span: Span) -> Node {
    Node::scalar(span, "", Style::Unresolved)
}

impl<'a> Values<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        parameters: Parameters,
        inputs: &'a Inputs,
        stack: String,
        folder: PathBuf,
    ) -> Self {
        Self {
            document,
            parameters,
            inputs,
            stack,
            folder,
            outside: BTreeSet::new(),
            closing: BTreeSet::new(),
            conditions: RefCell::default(),
            secrets: RefCell::default(),
            imported: RefCell::default(),
        }
    }

    /// The value with its functions evaluated; `None` for `AWS::NoValue`.
    pub(super) fn evaluate(&self, node: &Node, told: &mut Told) -> Option<Node> {
        if let Some(call) = intrinsic::call(node) {
            return self.call(&call, node.span, told);
        }
        let value = match &node.value {
            Value::Scalar(scalar) => {
                Value::Scalar(Scalar { text: literal(&scalar.text), ..scalar.clone() })
            }
            Value::Sequence(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(self.evaluate(item, told));
                }
                Value::Sequence(all)
            }
            Value::Mapping(entries) => {
                let mut all = Vec::new();
                for Entry { key, value } in entries {
                    if key.text == "Fn::Transform" {
                        let included = self.include(value, told);
                        all.extend(included.iter().flat_map(Node::entries).cloned());
                        continue;
                    }
                    if let Some(value) = self.evaluate(value, told) {
                        all.push(Entry { key: key.clone(), value });
                    }
                }
                Value::Mapping(all)
            }
        };
        Some(Node { span: node.span, value })
    }

    /// The text that a value is; `None` when it is none, which has been reported.
    pub(super) fn text(&self, node: &Node, told: &mut Told) -> Option<String> {
        let value = self.evaluate(node, told)?;
        if value.is_unresolved() {
            return None;
        }
        if let Some(text) = value.as_text() {
            return Some(text.to_owned());
        }
        let message = format!("text is needed here, not {}", value.kind());
        told.problems.push(Problem::new(Code::Intrinsic, message).at(node.span, ""));
        None
    }

    fn call(&self, call: &Intrinsic<'_>, span: Span, told: &mut Told) -> Option<Node> {
        let argument = call.argument;
        if self.closing.contains(&argument.span) {
            return Some(failed(span));
        }
        let text = match &*call.key.text {
            "Ref" => return self.reference(argument, told),
            "Fn::GetAtt" => self.get_attribute(argument, told),
            "Fn::Sub" => self.sub(argument, told),
            "Fn::If" => return self.choose(argument, told),
            "Fn::Transform" => {
                return Some(self.include(argument, told).unwrap_or_else(|| failed(span)));
            }
            "Condition" | "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                let holds = self.holds(
                    &Node::mapping(
                        span,
                        vec![Entry { key: call.key.clone(), value: argument.clone() }],
                    ),
                    told,
                );
                return Some(
                    holds.map_or_else(|| failed(span), |it| Node::plain(span, it.to_string())),
                );
            }
            name => {
                return Some(
                    self.function(name, call.key, argument, told)
                        .unwrap_or_else(|| failed(argument.span)),
                );
            }
        };
        let span = argument.span;
        Some(text.map_or_else(|| failed(span), |text| Node::text(span, text)))
    }

    /// `!Ref`: a parameter, a resource or a pseudo parameter.
    fn reference(&self, argument: &Node, told: &mut Told) -> Option<Node> {
        let span = argument.span;
        let Some(name) = argument.as_text() else {
            let message = "`Ref` takes a name";
            told.problems.push(Problem::new(Code::Intrinsic, message).at(span, ""));
            return Some(failed(span));
        };
        if name == "AWS::NoValue" {
            return None;
        }
        if let Some(Parameter::List(items)) = self.parameters.get(name) {
            let items = items.iter().map(|item| Node::text(span, item.clone())).collect();
            return Some(Node::list(span, items));
        }
        if let Some(Parameter::Text(text, style)) = self.parameters.get(name) {
            return Some(Node::scalar(span, text.clone(), *style));
        }
        let text = self.named(name, span, told);
        Some(text.map_or_else(|| failed(span), |text| Node::text(span, text)))
    }

    /// The text that a name stands for, in `!Ref` and in `!Sub`.
    fn named(&self, name: &str, span: Span, told: &mut Told) -> Option<String> {
        match self.parameters.get(name) {
            Some(Parameter::Text(text, _)) => return Some(text.clone()),
            Some(Parameter::List(items)) => return Some(items.join(",")),
            Some(Parameter::Secret { .. }) => {
                self.secrets.borrow_mut().insert(name.to_owned());
                return Some(format!("${{param:{name}}}"));
            }
            Some(Parameter::Missing) => return None,
            None => {}
        }
        if let Some(pseudo) = self.pseudo(name) {
            return Some(pseudo);
        }
        if let Some(resource) = self.document.resource(name) {
            return self.is_made(resource, span, told).then(|| self.reference_to(resource));
        }
        match name.split_once('.') {
            Some((id, attribute)) => self.attribute_of(id, attribute, span, told),
            None => self.generated(name, None),
        }
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
    fn pseudo(&self, name: &str) -> Option<String> {
        let account = &self.inputs.account;
        Some(match name {
            "AWS::AccountId" => account.id.to_string(),
            "AWS::Region" => account.region.to_string(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => self.stack.clone(),
            "AWS::StackId" => {
                account.arn("cloudformation", format_args!("stack/{0}/{0}", self.stack)).to_string()
            }
            "AWS::NotificationARNs" => String::new(),
            _ => return None,
        })
    }

    /// The secret parameters that something refers to, with their defaults.
    pub(super) fn secrets(&self) -> Vec<(String, Option<String>)> {
        let used = self.secrets.borrow();
        let default = |name: &String| match self.parameters.get(name) {
            Some(Parameter::Secret { default, .. }) => default.clone(),
            _ => None,
        };
        used.iter().map(|name| (name.clone(), default(name))).collect()
    }

    /// The exports of other stacks that something imports.
    pub(super) fn imported(&self) -> BTreeSet<String> {
        self.imported.borrow().clone()
    }

    /// A text with secret parameters in the place of their marks, for comparing it.
    fn revealed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, parameter) in &self.parameters {
            if let Parameter::Secret { value, .. } = parameter {
                text = text.replace(&format!("${{param:{name}}}"), value);
            }
        }
        text
    }
}
