//! What holds for all functions of a service.

use crate::foreign::{Fields, Key, Use};
use crate::problem::{Code, Problem, Told};
use crate::yaml::{Node, shorten};

const NOWHERE: Use = Use::Note("has no meaning here");

pub(super) const KEYS: [Key; 60] = [
    ("name", Use::Read),
    ("runtime", Use::Read),
    ("stage", Use::Nothing),
    ("region", Use::Read),
    ("environment", Use::Read),
    ("memorySize", Use::Read),
    ("timeout", Use::Read),
    ("httpApi", Use::Read),
    ("apiGateway", Use::Read),
    ("apiName", Use::Read),
    ("stackName", Use::Read),
    ("layers", Use::Read),
    ("profile", Use::Nothing),
    ("description", Use::Nothing),
    ("architecture", Use::Nothing),
    ("versionFunctions", Use::Nothing),
    ("lambdaHashingVersion", Use::Nothing),
    ("runtimeManagement", Use::Nothing),
    ("deploymentMethod", Use::Nothing),
    ("disableRollback", Use::Nothing),
    ("rollbackConfiguration", Use::Nothing),
    ("endpointType", Use::Nothing),
    ("vpcEndpointIds", NOWHERE),
    ("stackTags", Use::Nothing),
    ("tags", Use::Nothing),
    ("deploymentBucket", NOWHERE),
    ("deploymentPrefix", Use::Nothing),
    ("iam", NOWHERE),
    ("iamRoleStatements", NOWHERE),
    ("iamManagedPolicies", NOWHERE),
    ("role", NOWHERE),
    ("rolePermissionsBoundary", NOWHERE),
    ("cfnRole", NOWHERE),
    ("vpc", NOWHERE),
    ("kmsKeyArn", NOWHERE),
    ("tracing", NOWHERE),
    ("logs", NOWHERE),
    ("logRetentionInDays", NOWHERE),
    ("logDataProtectionPolicy", NOWHERE),
    ("notificationArns", NOWHERE),
    ("stackParameters", Use::Unsupported),
    ("stackPolicy", NOWHERE),
    ("resourcePolicy", Use::Unsupported),
    ("usagePlan", Use::Unsupported),
    ("apiKeys", Use::Unsupported),
    ("eventBridge", Use::Nothing),
    ("s3", Use::Unsupported),
    ("ecr", Use::Unsupported),
    ("alb", Use::Unsupported),
    ("cloudFront", Use::Unsupported),
    ("websocketsApiName", Use::Unsupported),
    ("websocketsApiRouteSelectionExpression", Use::Unsupported),
    ("websocketsDescription", Use::Unsupported),
    ("logRetention", NOWHERE),
    ("build", Use::Unsupported),
    ("deletionProtection", NOWHERE),
    ("deploymentMode", Use::Nothing),
    ("pruneFunctionVersions", Use::Nothing),
    ("websocket", Use::Unsupported),
    ("kinesis", Use::Unsupported),
];

/// The provider of a service.
#[derive(Debug)]
pub(super) struct Provider<'a> {
    pub(super) fields: Fields<'a>,
    /// Instead of service and stage.
    pub(super) stack_name: Option<String>,
}

impl<'a> Provider<'a> {
    pub(super) fn open(service: &Fields<'a>, told: &mut Told) -> Option<Self> {
        let Some(node) = service.get("provider") else {
            let problem = Problem::new(Code::MissingKey, "a service needs `provider`");
            let help = "write `provider: { name: aws, runtime: python3.12 }`";
            told.problems.push(problem.at(service.span, "").help(help));
            return None;
        };
        // `provider: aws` in short.
        if node.as_text() == Some("aws") {
            let empty = Fields::empty(node.span);
            return Some(Self { fields: empty, stack_name: None });
        }
        let fields = Fields::open(node, "a provider", &KEYS, told)?;
        match fields.text("name") {
            Some("aws") => {}
            Some(other) => {
                let message = format!("`{}` is no provider that is served here", shorten(other));
                let span = fields.get("name").map_or(node.span, |name| name.span);
                let problem = Problem::new(Code::UnknownValue, message).at(span, "");
                told.problems.push(problem.help("use `aws`"));
                return None;
            }
            None => {
                let problem = Problem::new(Code::MissingKey, "a provider needs `name`");
                told.problems.push(problem.at(node.span, "").help("write `name: aws`"));
            }
        }
        let stack_name = fields.text("stackName").map(str::to_owned);
        Some(Self { fields, stack_name })
    }

    /// Tells when the service wants to be elsewhere than the server says it is.
    pub(super) fn note_region(&self, here: &str, told: &mut Told) {
        let region = self.fields.get("region");
        if let Some((node, region)) = region.and_then(|node| Some((node, node.as_text()?)))
            && region != here
        {
            let message =
                format!("the server calls its region `{here}`, not `{}`", shorten(region));
            told.note(message, node.span);
        }
    }

    /// What a function does not say itself.
    pub(super) fn default_of(&self, key: &str) -> Option<&'a Node> {
        self.fields.get(key)
    }
}
