//! The types of resources that templates have, and what becomes of each here.

/// What a type of resource is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Layer,
    Version,
    Alias,
    EventSourceMapping,
    Permission,
    EventInvoke,
    /// A function's own address.
    Url,
    Api,
    /// A path of a REST API.
    RestResource,
    Method,
    Deployment,
    Stage,
    Route,
    Integration,
    /// What bodies of requests have to fit.
    Model,
    RequestValidator,
    UsagePlan,
    ApiKey,
    UsagePlanKey,
    Queue,
    Topic,
    Subscription,
    Rule,
    Schedule,
    Cache,
    StoredParameter,
    /// Accepted, without a meaning here.
    Noted,
}

impl Kind {
    /// `None` for what is not supported.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => Self::Function,
            "AWS::Serverless::LayerVersion" | "AWS::Lambda::LayerVersion" => Self::Layer,
            "AWS::Lambda::Version" => Self::Version,
            "AWS::Lambda::Alias" => Self::Alias,
            "AWS::Lambda::EventSourceMapping" => Self::EventSourceMapping,
            "AWS::Lambda::Permission" => Self::Permission,
            "AWS::Lambda::EventInvokeConfig" => Self::EventInvoke,
            "AWS::Lambda::Url" => Self::Url,
            "AWS::Serverless::Api"
            | "AWS::Serverless::HttpApi"
            | "AWS::ApiGateway::RestApi"
            | "AWS::ApiGatewayV2::Api" => Self::Api,
            "AWS::ApiGateway::Resource" => Self::RestResource,
            "AWS::ApiGateway::Method" => Self::Method,
            "AWS::ApiGateway::Deployment" | "AWS::ApiGatewayV2::Deployment" => Self::Deployment,
            "AWS::ApiGateway::Stage" | "AWS::ApiGatewayV2::Stage" => Self::Stage,
            "AWS::ApiGatewayV2::Route" => Self::Route,
            "AWS::ApiGatewayV2::Integration" => Self::Integration,
            "AWS::ApiGateway::Model" => Self::Model,
            "AWS::ApiGateway::RequestValidator" => Self::RequestValidator,
            "AWS::ApiGateway::UsagePlan" => Self::UsagePlan,
            "AWS::ApiGateway::ApiKey" => Self::ApiKey,
            "AWS::ApiGateway::UsagePlanKey" => Self::UsagePlanKey,
            "AWS::SQS::Queue" => Self::Queue,
            "AWS::SNS::Topic" => Self::Topic,
            "AWS::SNS::Subscription" => Self::Subscription,
            "AWS::Events::Rule" => Self::Rule,
            "AWS::Scheduler::Schedule" => Self::Schedule,
            "AWS::ElastiCache::CacheCluster" | "AWS::ElastiCache::ReplicationGroup" => Self::Cache,
            "AWS::SSM::Parameter" => Self::StoredParameter,
            _ if is_noted(kind) => Self::Noted,
            _ => return None,
        })
    }
}

/// Whole services that have no meaning on one machine.
const NOTED_SERVICES: [&str; 9] = [
    "AWS::IAM::",
    "AWS::Logs::",
    "AWS::EC2::",
    "AWS::CloudWatch::",
    "AWS::KMS::",
    "AWS::XRay::",
    "AWS::WAFv2::",
    "AWS::ApplicationAutoScaling::",
    "AWS::CodeDeploy::",
];

const NOTED: [&str; 16] = [
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::Events::EventBusPolicy",
    "AWS::Serverless::Connector",
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::DocumentationPart",
    "AWS::ApiGateway::DocumentationVersion",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::SecurityGroup",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::CodeSigningConfig",
    "Custom::LogRetention",
    "Custom::VpcRestrictDefaultSG",
];

fn is_noted(kind: &str) -> bool {
    NOTED.contains(&kind) || NOTED_SERVICES.iter().any(|service| kind.starts_with(service))
}
