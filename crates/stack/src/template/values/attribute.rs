//! What `!Ref` and `!GetAtt` of a resource stand for.

use super::Values;
use crate::problem::{Code, Problem, Told};
use crate::shape::listed;
use crate::source::Span;
use crate::template::document::Resource;
use crate::template::intrinsic;
use crate::template::kind::Kind;
use crate::yaml::Node;

impl Values<'_> {
    /// What `!Ref` of a resource is.
    pub(super) fn reference_to(&self, resource: &Resource<'_>) -> String {
        let name = self.name(resource);
        match Kind::of(resource.kind) {
            Some(Kind::Function) => format!("${{function:{name}.name}}"),
            Some(Kind::Queue) => format!("${{queue:{name}.url}}"),
            Some(Kind::Topic) => format!("${{topic:{name}.arn}}"),
            Some(Kind::Api) => format!("${{api:{}.id}}", resource.id()),
            Some(Kind::Layer) => format!("${{layer:{}}}", resource.id()),
            Some(Kind::UsagePlan | Kind::ApiKey) => resource.id().to_owned(),
            Some(Kind::Version | Kind::Alias) => {
                let function = resource.property("FunctionName");
                let function = function.and_then(|node| self.text(node, &mut Told::default()));
                function.map_or(name, |text| text.replace(".name}", ".arn}"))
            }
            Some(Kind::RestResource) => format!("${{resource:{}}}", resource.id()),
            Some(Kind::Route | Kind::Integration) => format!("integrations/{}", resource.id()),
            _ => name,
        }
    }

    pub(super) fn get_attribute(&self, argument: &Node, told: &mut Told) -> Option<String> {
        let Some((id, attribute)) = intrinsic::attribute(argument) else {
            let message = "`Fn::GetAtt` takes a resource and an attribute: `Queue.Arn`";
            told.problems.push(Problem::new(Code::Intrinsic, message).at(argument.span, ""));
            return None;
        };
        self.attribute_of(id, &attribute, argument.span, told)
    }

    /// `None` when a problem has been reported.
    pub(super) fn attribute_of(
        &self,
        id: &str,
        attribute: &str,
        span: Span,
        told: &mut Told,
    ) -> Option<String> {
        let Some(resource) = self.document.resource(id) else {
            if self.parameters.contains_key(id) {
                let message = format!("`{id}` is a parameter, which has no attributes");
                told.problems.push(Problem::new(Code::Intrinsic, message).at(span, ""));
            }
            return self.generated(id, Some(attribute));
        };
        if !self.is_made(resource, span, told) {
            return None;
        }
        let name = self.name(resource);
        let kind = Kind::of(resource.kind);
        let known = match (kind, attribute) {
            (Some(Kind::Function), "Arn") => format!("${{function:{name}.arn}}"),
            (Some(Kind::Function), "Alias" | "Version") if resource.kind.contains("Serverless") => {
                format!("${{function:{name}.arn}}")
            }
            (Some(Kind::Queue), "Arn") => format!("${{queue:{name}.arn}}"),
            (Some(Kind::Queue), "QueueName") => format!("${{queue:{name}.name}}"),
            (Some(Kind::Queue), "QueueUrl") => format!("${{queue:{name}.url}}"),
            (Some(Kind::Topic), "TopicArn") => format!("${{topic:{name}.arn}}"),
            (Some(Kind::Topic), "TopicName") => format!("${{topic:{name}.name}}"),
            (Some(Kind::Api), "RootResourceId") => format!("${{root:{id}}}"),
            (Some(Kind::Api), "RestApiId" | "ApiId") => format!("${{api:{id}.id}}"),
            (Some(Kind::Api), "Stage") if self.document.is_serverless => self.stage(resource),
            (Some(Kind::Api), "ApiEndpoint") => format!("${{api:{id}.url}}"),
            (Some(Kind::RestResource), "ResourceId") => format!("${{resource:{id}}}"),
            (Some(Kind::Cache), attribute) => {
                let part = match attribute.rsplit_once('.').map_or(attribute, |(_, part)| part) {
                    "Address" | "PrimaryEndPointAddress" => "host",
                    "Port" => "port",
                    _ => {
                        return self.no_attribute(
                            resource,
                            attribute,
                            &["RedisEndpoint.Address", "RedisEndpoint.Port"],
                            span,
                            told,
                        );
                    }
                };
                format!("${{cache:{id}.{part}}}")
            }
            (Some(Kind::Version | Kind::Alias), _) => self.reference_to(resource),
            (Some(Kind::Url), "FunctionUrl") => super::FUNCTION_URL.to_owned(),
            (Some(Kind::StoredParameter), "Type" | "Value") => {
                return self.text(resource.property(attribute)?, told);
            }
            (Some(Kind::Function), _) => {
                return self.no_attribute(resource, attribute, &["Arn"], span, told);
            }
            (Some(Kind::Queue), _) => {
                return self.no_attribute(
                    resource,
                    attribute,
                    &["Arn", "QueueName", "QueueUrl"],
                    span,
                    told,
                );
            }
            (Some(Kind::Topic), _) => {
                return self.no_attribute(
                    resource,
                    attribute,
                    &["TopicArn", "TopicName"],
                    span,
                    told,
                );
            }
            (_, "Arn") => self.arn(resource, &name),
            _ => name,
        };
        Some(known)
    }

    fn no_attribute(
        &self,
        resource: &Resource<'_>,
        attribute: &str,
        known: &[&str],
        span: Span,
        told: &mut Told,
    ) -> Option<String> {
        let message = format!("`{}` has no attribute `{attribute}` here", resource.id());
        let help = format!("it has {}", listed(known.iter().copied(), "and"));
        told.problems.push(Problem::new(Code::Intrinsic, message).at(span, "").help(help));
        None
    }

    /// The ARN of what has no meaning here, or is made nowhere.
    fn arn(&self, resource: &Resource<'_>, name: &str) -> String {
        let service = resource.kind.split("::").nth(1).unwrap_or_default().to_ascii_lowercase();
        let account = &self.inputs.account;
        match (&*service, resource.kind) {
            ("iam", kind) => {
                let what = kind.rsplit("::").next().unwrap_or_default().to_ascii_lowercase();
                format!("arn:aws:iam::{}:{what}/{name}", account.id)
            }
            ("s3", _) => format!("arn:aws:s3:::{name}"),
            ("logs", _) => account.arn("logs", format_args!("log-group:{name}:*")).to_string(),
            ("dynamodb", _) => account.arn("dynamodb", format_args!("table/{name}")).to_string(),
            ("events", _) => account.arn("events", format_args!("rule/{name}")).to_string(),
            _ => account.arn(&service, name).to_string(),
        }
    }

    /// A text in which the ARNs and names of resources are written out, for taking it apart.
    pub(super) fn concrete(&self, text: &str) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, marked)) = rest.split_once("${") {
            whole.push_str(before);
            let Some((inner, after)) = marked.split_once('}') else { break };
            match self.written_out(inner).filter(|_| !before.ends_with('$')) {
                Some(text) => whole.push_str(&text),
                None => whole.push_str(&format!("${{{inner}}}")),
            }
            rest = after;
        }
        whole + rest
    }

    fn written_out(&self, reference: &str) -> Option<String> {
        let (kind, rest) = reference.split_once(':')?;
        let (name, part) = rest.rsplit_once('.')?;
        let account = &self.inputs.account;
        Some(match (kind, part) {
            (_, "name") => name.to_owned(),
            ("queue", "arn") => account.arn("sqs", name).to_string(),
            ("topic", "arn") => account.arn("sns", name).to_string(),
            ("function", "arn") => {
                account.arn("lambda", format_args!("function:{name}")).to_string()
            }
            _ => return None,
        })
    }
}
