//! References to what the service and its template declare: functions of CloudFormation, and ARNs.

use super::service::Service;
use super::value::as_text;
use crate::foreign::escaped;
use crate::problem::{Code, Problem};
use crate::yaml::{Node, Scalar, Value};

/// A name as the framework writes it into the name of a CloudFormation resource: `send-mail` is
/// `SendDashmail`.
pub(super) fn normalized(name: &str) -> String {
    let replaced = name.replace('-', "Dash").replace('_', "Underscore");
    let mut chars = replaced.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// One of the stack's own resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Function(String),
    Queue(String),
    Topic(String),
}

impl Service<'_> {
    /// The text that a value becomes in the manifest; `None` once it has been told why not.
    pub(super) fn value(&mut self, node: &Node) -> Option<Node> {
        if node.as_scalar().is_some() {
            return Some(as_text(node));
        }
        let found = match node.entries() {
            [only] if only.key.text == "Fn::ImportValue" => return self.import(&only.value),
            [only] => self.intrinsic(&only.key.text, &only.value),
            _ => None,
        };
        if found.is_none() {
            let message = "this value is not text, and no reference that is supported";
            self.told.unsupported(message, node.span);
        }
        found.map(|text| {
            let scalar = Scalar { text, style: crate::yaml::Style::Quoted, written: None };
            Node { span: node.span, value: Value::Scalar(scalar) }
        })
    }

    /// What another stack of the server exports.
    fn import(&mut self, argument: &Node) -> Option<Node> {
        let name = argument.as_text().unwrap_or_default();
        let Some(value) = self.inputs.imports.get(name) else {
            let message = format!("no stack exports `{name}`");
            let problem = Problem::new(Code::MissingImport, message).at(argument.span, "");
            let help = "deploy the stack that exports it first";
            self.told.problems.push(problem.help(help));
            return None;
        };
        self.told.imported.insert(name.to_owned());
        Some(Node::text(argument.span, escaped(value)))
    }

    /// As the manifest writes it.
    fn intrinsic(&self, function: &str, argument: &Node) -> Option<String> {
        match function {
            "Ref" => self.referred(argument.as_text()?, "Ref"),
            "Fn::GetAtt" => {
                let path = match &argument.value {
                    Value::Sequence(parts) => {
                        let parts: Option<Vec<&str>> = parts.iter().map(Node::as_text).collect();
                        parts?.join(".")
                    }
                    _ => argument.as_text()?.to_owned(),
                };
                let (name, attribute) = path.split_once('.')?;
                self.referred(name, attribute)
            }
            "Fn::Join" => {
                let [separator, parts] = argument.each() else { return None };
                let parts: Option<Vec<String>> =
                    parts.each().iter().map(|part| self.part(part)).collect();
                Some(parts?.join(&escaped(separator.as_text().unwrap_or_default())))
            }
            "Fn::Sub" => self.filled(argument.as_text()?),
            _ => None,
        }
    }

    fn part(&self, node: &Node) -> Option<String> {
        match node.entries() {
            [only] => self.intrinsic(&only.key.text, &only.value),
            _ => node.as_text().map(escaped),
        }
    }

    /// `${Name}` and `${Name.Attribute}` in a text.
    fn filled(&self, text: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (inner, after) = after.split_once('}')?;
            filled.push_str(before);
            match inner.strip_prefix('!') {
                Some(literal) => filled.push_str(&format!("$${{{literal}}}")),
                None => {
                    let (name, attribute) = inner.split_once('.').unwrap_or((inner, "Ref"));
                    filled.push_str(&self.referred(name.trim(), attribute.trim())?);
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        Some(filled)
    }

    fn referred(&self, name: &str, attribute: &str) -> Option<String> {
        let account = &self.inputs.account;
        let pseudo = match name {
            "AWS::Region" => Some(account.region.to_string()),
            "AWS::AccountId" => Some(account.id.to_string()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            "AWS::StackName" => Some(format!("{}-{}", self.name, self.stage)),
            _ => None,
        };
        if pseudo.is_some() {
            return pseudo;
        }
        let path = format!("{name}.{attribute}");
        if let Some(text) = self.references.get(if attribute == "Ref" { name } else { &path }) {
            return Some(text.clone());
        }
        let functions = self.fields.get("functions").map(Node::entries).unwrap_or_default();
        let function = functions
            .iter()
            .find(|entry| format!("{}LambdaFunction", normalized(&entry.key.text)) == name)?;
        let own = self.name_of(function);
        match attribute {
            "Ref" => Some(own),
            "Arn" => Some(format!("${{function:{own}.arn}}")),
            _ => None,
        }
    }

    /// The resource of this stack that an ARN, or a reference to one, names.
    pub(super) fn named(&mut self, node: &Node) -> Option<Named> {
        let value = self.value(node)?;
        let named = value.as_text().and_then(named);
        if named.is_none() {
            let message = "this names nothing that the service declares";
            self.told.unsupported(message, node.span);
        }
        named
    }
}

/// Of `${queue:jobs.arn}`, or of an ARN.
fn named(text: &str) -> Option<Named> {
    let own = text.strip_prefix("${").and_then(|text| text.strip_suffix(".arn}"));
    let (kind, name) = match own {
        Some(own) => own.split_once(':')?,
        None => {
            let arn = model::Arn::parse(text)?;
            let kind = match arn.service() {
                "sqs" => "queue",
                "sns" => "topic",
                "lambda" => "function",
                _ => return None,
            };
            let resource = text.splitn(6, ':').nth(5)?;
            return of_kind(kind, resource.strip_prefix("function:").unwrap_or(resource));
        }
    };
    of_kind(kind, name)
}

fn of_kind(kind: &str, name: &str) -> Option<Named> {
    let name = name.to_owned();
    match kind {
        "queue" => Some(Named::Queue(name)),
        "topic" => Some(Named::Topic(name)),
        "function" => Some(Named::Function(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_logical_ids() {
        assert_eq!(normalized("send-mail_now"), "SendDashmailUnderscorenow");
        assert_eq!(normalized(""), "");
    }

    #[test]
    fn arns_name_resources() {
        let queue = Some(Named::Queue("jobs".into()));
        assert_eq!(named("${queue:jobs.arn}"), queue);
        assert_eq!(named("arn:aws:sqs:eu-west-1:123456789012:jobs"), queue);
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        assert_eq!(named(function), Some(Named::Function("f".into())));
        assert_eq!(named("jobs"), None);
    }
}
