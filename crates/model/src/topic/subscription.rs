//! Who gets a topic's messages.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>

use sha2::{Digest, Sha256};

use super::{DeliveryPolicy, FilterPolicy, FilterScope};
use crate::resource::Declared;
use crate::{Arn, FunctionName, QueueName, RequestId};

/// One delivery arrangement of a topic.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Subscription {
    pub topic: Arn,
    pub endpoint: Endpoint,
    /// As it was set.
    pub filter: Option<String>,
    pub scope: FilterScope,
    /// Messages go out as they were published, without an envelope.
    pub raw: bool,
    /// A queue for messages that could not be delivered.
    pub dead_letters: Option<Arn>,
    pub delivery: Option<DeliveryPolicy>,
    pub confirmation: Confirmation,
}

/// Whether the endpoint's owner has agreed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Confirmation {
    Confirmed {
        /// Only with a signed request it can be undone.
        authenticated_unsubscribe: bool,
    },
    /// Until this token comes back.
    Pending { token: String },
}

impl Subscription {
    pub fn new(topic: Arn, endpoint: Endpoint) -> Self {
        Self {
            topic,
            endpoint,
            filter: None,
            scope: FilterScope::default(),
            raw: false,
            dead_letters: None,
            delivery: None,
            confirmation: Confirmation::Confirmed { authenticated_unsubscribe: false },
        }
    }

    /// Of one topic, protocol and endpoint there is one subscription.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.topic.as_str(), self.endpoint.protocol().as_str()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(self.endpoint.to_string());
        let digest = hash.finalize();
        let random = digest.iter().take(16).fold(0, |all: u128, byte| all << 8 | u128::from(*byte));
        RequestId::from_random(random).as_str().to_owned()
    }

    /// The topic's, and behind it an id.
    pub fn arn(&self) -> Arn {
        let text = format!("{}:{}", self.topic, self.id());
        Arn::parse(&text).unwrap_or_else(|| self.topic.clone())
    }

    pub fn is_confirmed(&self) -> bool {
        matches!(self.confirmation, Confirmation::Confirmed { .. })
    }

    /// `None` wants every message.
    pub fn compiled_filter(&self) -> Result<Option<FilterPolicy>, String> {
        self.filter.as_ref().map(|text| FilterPolicy::compile(text, self.scope)).transpose()
    }
}

impl Declared for Subscription {
    /// The end of its ARN.
    fn name(&self) -> String {
        format!("{}:{}", self.topic.resource(), self.id())
    }

    fn references(&self) -> Vec<Arn> {
        vec![self.topic.clone()]
    }
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Endpoint {
    Queue(Arn),
    Function(Arn),
    /// A URL.
    Http(String),
    /// A URL.
    Https(String),
    Email(String),
    /// The whole notification as JSON.
    EmailJson(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Sqs,
    Lambda,
    Http,
    Https,
    Email,
    EmailJson,
}

impl Protocol {
    const ALL: [Self; 6] =
        [Self::Sqs, Self::Lambda, Self::Http, Self::Https, Self::Email, Self::EmailJson];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Http => "http",
            Self::Https => "https",
            Self::Email => "email",
            Self::EmailJson => "email-json",
        }
    }
}

/// Why there is nothing at an endpoint, as AWS says it behind `Invalid parameter: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    #[error("SQS endpoint ARN")]
    Queue,
    #[error("Lambda endpoint ARN")]
    Function,
    #[error("Endpoint must match the specified protocol")]
    Url,
    #[error("Email address")]
    Email,
}

impl Endpoint {
    pub fn parse(protocol: Protocol, text: &str) -> Result<Self, EndpointProblem> {
        match protocol {
            Protocol::Sqs => {
                let arn = Arn::parse(text).filter(|arn| arn.service() == "sqs");
                let arn = arn.filter(|arn| QueueName::parse(arn.resource()).is_ok());
                arn.map(Self::Queue).ok_or(EndpointProblem::Queue)
            }
            Protocol::Lambda => {
                let arn = Arn::parse(text).filter(|arn| arn.service() == "lambda");
                let arn = arn.filter(|arn| function_of(arn).is_some());
                arn.map(Self::Function).ok_or(EndpointProblem::Function)
            }
            Protocol::Http => url(text, "http").map(Self::Http),
            Protocol::Https => url(text, "https").map(Self::Https),
            Protocol::Email => address(text).map(Self::Email),
            Protocol::EmailJson => address(text).map(Self::EmailJson),
        }
    }

    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Queue(_) => Protocol::Sqs,
            Self::Function(_) => Protocol::Lambda,
            Self::Http(_) => Protocol::Http,
            Self::Https(_) => Protocol::Https,
            Self::Email(_) => Protocol::Email,
            Self::EmailJson(_) => Protocol::EmailJson,
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Queue(arn) | Self::Function(arn) => arn.fmt(f),
            Self::Http(text) | Self::Https(text) | Self::Email(text) | Self::EmailJson(text) => {
                f.write_str(text)
            }
        }
    }
}

/// The function that an ARN names, and which version of it.
pub fn function_of(arn: &Arn) -> Option<(FunctionName, Option<String>)> {
    let rest = arn.resource().strip_prefix("function:")?;
    let (name, qualifier) = match rest.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
        None => (rest, None),
    };
    Some((FunctionName::parse(name).ok()?, qualifier))
}

fn url(text: &str, scheme: &str) -> Result<String, EndpointProblem> {
    let uri: http::Uri = text.parse().map_err(|_| EndpointProblem::Url)?;
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    let is_ours = uri.scheme_str() == Some(scheme) && has_host;
    is_ours.then(|| text.to_owned()).ok_or(EndpointProblem::Url)
}

/// Whether it exists, only a mail can tell.
fn address(text: &str) -> Result<String, EndpointProblem> {
    let (local, domain) = text.rsplit_once('@').ok_or(EndpointProblem::Email)?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',');
    let is_address = !local.is_empty() && !domain.is_empty() && text.chars().all(is_plain);
    is_address.then(|| text.to_owned()).ok_or(EndpointProblem::Email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Account;

    fn check(protocol: Protocol, text: &str, problem: impl Into<Option<EndpointProblem>>) {
        assert_eq!(Endpoint::parse(protocol, text).err(), problem.into(), "{text}");
    }

    #[test]
    fn an_endpoint_fits_its_protocol() {
        check(Protocol::Sqs, "arn:aws:sqs:us-east-1:000000000000:jobs", None);
        check(Protocol::Sqs, "arn:aws:sns:us-east-1:000000000000:jobs", EndpointProblem::Queue);
        check(Protocol::Sqs, "jobs", EndpointProblem::Queue);
        check(Protocol::Lambda, "arn:aws:lambda:us-east-1:0:function:hello:prod", None);
        check(Protocol::Lambda, "arn:aws:lambda:us-east-1:0:layer:x", EndpointProblem::Function);
        check(Protocol::Http, "http://127.0.0.1:8080/hook?x=1", None);
        check(Protocol::Http, "https://example.com", EndpointProblem::Url);
        check(Protocol::Https, "https://example.com/hook", None);
        check(Protocol::Https, "example.com", EndpointProblem::Url);
        check(Protocol::Email, "a@example.com", None);
        check(Protocol::EmailJson, "a b@example.com", EndpointProblem::Email);
    }

    #[test]
    fn one_topic_protocol_and_endpoint_are_one_subscription() {
        let of = |text| {
            let endpoint = Endpoint::parse(Protocol::Http, text).expect("an endpoint");
            Subscription::new(Account::default().arn("sns", "news"), endpoint)
        };
        let (a, b) = (of("http://a/"), of("http://b/"));
        assert_eq!(a.id(), of("http://a/").id());
        assert_ne!(a.id(), b.id());
        assert_eq!(a.id().len(), 36);
        assert_eq!(a.arn().as_str(), format!("arn:aws:sns:us-east-1:000000000000:news:{}", a.id()));
        assert_eq!(a.arn().resource(), a.name());
    }
}
