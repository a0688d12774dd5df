//! What resources are called: by the name that the template gives, or by stack and logical id, as
//! CloudFormation calls them but without the letters that it draws.

use super::Values;
use crate::problem::Told;
use crate::template::document::Resource;

/// The most characters of a name that is made here; every kind of resource takes as many.
const LONGEST: usize = 64;

const FIFO_SUFFIX: &str = ".fifo";

/// The property that names a resource of this type.
fn property(kind: &str) -> &'static str {
    match kind {
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::Lambda::LayerVersion" | "AWS::Serverless::LayerVersion" => "LayerName",
        "AWS::ElastiCache::CacheCluster" => "ClusterName",
        "AWS::ElastiCache::ReplicationGroup" => "ReplicationGroupId",
        "AWS::ApiGateway::Stage" | "AWS::ApiGatewayV2::Stage" => "StageName",
        "AWS::ApiGateway::UsagePlan" => "UsagePlanName",
        _ => "Name",
    }
}

/// Types whose names tell FIFO from standard.
const FIFO: [(&str, &str); 2] =
    [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")];

/// How the native form refers to what one of the template's own resources is called.
const NAMED: [&str; 3] = ["${queue:", "${topic:", "${function:"];
const NAME: &str = ".name";

/// A name that is made of others': a name cannot wait for them to be known.
fn with_names(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let reference = NAMED.iter().find_map(|form| rest[at..].strip_prefix(form));
        let named = reference.and_then(|after| {
            let (name, after) = after.split_once('}')?;
            Some((name.strip_suffix(NAME)?, after))
        });
        let (kept, after) = named.unwrap_or(("${", &rest[at + 2..]));
        whole.push_str(&rest[..at]);
        whole.push_str(kept);
        rest = after;
    }
    whole + rest
}

impl Values<'_> {
    /// The physical name of a resource.
    pub(in crate::template) fn name(&self, resource: &Resource<'_>) -> String {
        // Problems of the name are told once, by `check_name`.
        let mut unheard = Told::default();
        let text = |name: &str, unheard: &mut Told| {
            let node = resource.property(name)?;
            self.text(node, unheard).filter(|text| !text.is_empty())
        };
        if let Some(name) = text(property(resource.kind), &mut unheard) {
            return with_names(&name);
        }
        let fifo = FIFO.iter().find(|(kind, _)| *kind == resource.kind);
        let is_fifo = fifo.and_then(|(_, key)| text(key, &mut unheard));
        let suffix = if is_fifo.as_deref() == Some("true") { FIFO_SUFFIX } else { "" };
        self.name_of(resource.id(), suffix)
    }

    /// Tells what is wrong with the property that names a resource.
    pub(in crate::template) fn check_name(&self, resource: &Resource<'_>, told: &mut Told) {
        if let Some(node) = resource.property(property(resource.kind)) {
            self.text(node, told);
        }
    }

    /// The name of what the template does not name.
    pub(in crate::template) fn name_of(&self, id: &str, suffix: &str) -> String {
        let room = LONGEST.saturating_sub(id.len() + suffix.len() + 1);
        let stack: String = self.stack.chars().take(room).collect();
        let whole = if stack.is_empty() { id.to_owned() } else { format!("{stack}-{id}") };
        whole.chars().take(LONGEST - suffix.len()).collect::<String>() + suffix
    }
}

#[cfg(test)]
mod tests {
    use super::with_names;

    #[test]
    fn names_are_made_of_other_names() {
        for (text, expected) in [
            ("jobs", "jobs"),
            ("${queue:shop-jobs.name}-dlq", "shop-jobs-dlq"),
            ("/a/${topic:news.fifo.name}/${function:hello.name}", "/a/news.fifo/hello"),
            ("${queue:jobs.url}-x", "${queue:jobs.url}-x"),
            ("${param:secret}${queue:jobs.name}", "${param:secret}jobs"),
        ] {
            assert_eq!(with_names(text), expected, "{text}");
        }
    }
}
