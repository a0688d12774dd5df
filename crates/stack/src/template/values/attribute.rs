//! What `!Ref` and `!GetAtt` of a resource stand for.

use super::Values;
use crate::problem::{Code, Problem, Told};
use crate::shape::listed;
use crate::source::Span;
use crate::template::document::Resource;
use crate::template::intrinsic;
use crate::template::kind::Kind;
use crate::yaml::Node;

/// What an attribute stands for, or else those that there are.
type Attribute = Result<String, &'static [&'static str]>;

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
            Some(Kind::RequestValidator) => format!("${{validator:{}}}", resource.id()),
            Some(Kind::Model) => self.model_name(resource),
            Some(Kind::Route | Kind::Integration) => format!("integrations/{}", resource.id()),
            _ => name,
        }
    }

    /// What a model is called: as it says, or by its logical id.
    pub(in crate::template) fn model_name(&self, resource: &Resource<'_>) -> String {
        let written = resource.property("Name");
        let written = written.and_then(|node| self.text(node, &mut Told::default()));
        written.unwrap_or_else(|| resource.id().to_owned())
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
        let found = match Kind::of(resource.kind) {
            Some(Kind::Function) => self.function_attribute(resource, attribute),
            Some(Kind::Queue) => self.queue_attribute(resource, attribute),
            Some(Kind::Topic) => self.topic_attribute(resource, attribute),
            Some(Kind::Cache) => cache_attribute(resource, attribute),
            Some(Kind::Api) => self.api_attribute(resource, attribute),
            Some(Kind::RestResource) => Ok(format!("${{resource:{id}}}")),
            Some(Kind::Version | Kind::Alias) => Ok(self.reference_to(resource)),
            Some(Kind::Url) if attribute == "FunctionUrl" => {
                let function = self.text(resource.property("TargetFunctionArn")?, told)?;
                Ok(format!("${{function:{}.url}}", function_name(&function)))
            }
            Some(Kind::StoredParameter) if matches!(attribute, "Type" | "Value") => {
                return self.text(resource.property(attribute)?, told);
            }
            _ if attribute == "Arn" => Ok(self.arn(resource, &self.name(resource))),
            _ => Ok(self.name(resource)),
        };
        match found {
            Ok(text) => Some(text),
            Err(known) => self.no_attribute(resource, attribute, known, span, told),
        }
    }

    fn function_attribute(&self, resource: &Resource<'_>, attribute: &str) -> Attribute {
        let is_serverless = resource.kind.contains("Serverless");
        match attribute {
            "Arn" => {}
            "Alias" | "Version" if is_serverless => {}
            "DestinationQueue" | "DestinationTopic" if is_serverless => {
                return self.made_destination(resource, attribute).ok_or(&["Arn"]);
            }
            _ => return Err(&["Arn"]),
        }
        Ok(format!("${{function:{}.arn}}", self.name(resource)))
    }

    /// What the Serverless Application Model makes where `EventInvokeConfig` names no destination.
    fn made_destination(&self, resource: &Resource<'_>, attribute: &str) -> Option<String> {
        let (kind, part) = match attribute {
            "DestinationQueue" => ("SQS", "Queue"),
            _ => ("SNS", "Topic"),
        };
        let config = resource.property("EventInvokeConfig")?;
        let config = self.evaluate(config, &mut Told::default())?;
        let destinations = config.get("DestinationConfig")?;
        let is_made = |when: &&&str| {
            let written = destinations.get(when);
            let is_kind = written.and_then(|it| it.get("Type")?.as_text()) == Some(kind);
            is_kind && written.is_some_and(|it| it.get("Destination").is_none())
        };
        let when = ["OnSuccess", "OnFailure"].iter().find(is_made)?;
        let name = self.name_of(&format!("{}EventInvokeConfig{when}{part}", resource.id()), "");
        Some(match part {
            "Queue" => format!("${{queue:{name}.url}}"),
            _ => format!("${{topic:{name}.arn}}"),
        })
    }

    fn queue_attribute(&self, resource: &Resource<'_>, attribute: &str) -> Attribute {
        let part = match attribute {
            "Arn" => "arn",
            "QueueName" => "name",
            "QueueUrl" => "url",
            _ => return Err(&["Arn", "QueueName", "QueueUrl"]),
        };
        Ok(format!("${{queue:{}.{part}}}", self.name(resource)))
    }

    fn topic_attribute(&self, resource: &Resource<'_>, attribute: &str) -> Attribute {
        let part = match attribute {
            "TopicArn" => "arn",
            "TopicName" => "name",
            _ => return Err(&["TopicArn", "TopicName"]),
        };
        Ok(format!("${{topic:{}.{part}}}", self.name(resource)))
    }

    fn api_attribute(&self, resource: &Resource<'_>, attribute: &str) -> Attribute {
        let id = resource.id();
        Ok(match attribute {
            "RootResourceId" => format!("${{root:{id}}}"),
            "RestApiId" | "ApiId" => format!("${{api:{id}.id}}"),
            "ApiEndpoint" => format!("${{api:{id}.url}}"),
            "Stage" if self.document.is_serverless => self.stage(resource),
            _ => self.name(resource),
        })
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

fn cache_attribute(resource: &Resource<'_>, attribute: &str) -> Attribute {
    let part = match attribute.rsplit_once('.').map_or(attribute, |(_, part)| part) {
        "Address" | "PrimaryEndPointAddress" => "host",
        "Port" => "port",
        _ => return Err(&["RedisEndpoint.Address", "RedisEndpoint.Port"]),
    };
    Ok(format!("${{cache:{}.{part}}}", resource.id()))
}

/// Out of what a template names a function by: an ARN that is not known yet, one that is, or the name.
fn function_name(text: &str) -> &str {
    let unknown = text.strip_prefix("${function:").and_then(|rest| rest.strip_suffix(".arn}"));
    let known = || text.split_once(":function:").map(|(_, name)| name);
    unknown.or_else(known).unwrap_or(text)
}
