//! How messages are delivered over HTTP: retries, the most per second, the content type.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy>

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Retries;

/// A subscription's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeliveryPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_retry_policy: Option<Retries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle_policy: Option<Throttle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_policy: Option<RequestPolicy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throttle {
    pub max_receives_per_second: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestPolicy {
    pub header_content_type: String,
}

/// What a topic's subscriptions have unless they say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicDelivery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpDelivery>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HttpDelivery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_healthy_retry_policy: Option<Retries>,
    pub disable_subscription_overrides: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_throttle_policy: Option<Throttle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_request_policy: Option<RequestPolicy>,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyProblem(pub String);

/// The most seconds that all retries of a message may take.
const MOST_TOTAL: Duration = Duration::from_hours(1);
const MOST_RETRIES: u32 = 100;

impl DeliveryPolicy {
    /// Reads and checks JSON as `SetSubscriptionAttributes` takes it.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        let policy: Self = read(text)?;
        if let Some(retries) = &policy.healthy_retry_policy {
            check_retries("healthyRetryPolicy", retries)?;
        }
        check_throttle("throttlePolicy", policy.throttle_policy)?;
        Ok(policy)
    }
}

impl TopicDelivery {
    /// Reads and checks JSON as `SetTopicAttributes` takes it.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        let policy: Self = read(text)?;
        if let Some(http) = &policy.http {
            if let Some(retries) = &http.default_healthy_retry_policy {
                check_retries("http.defaultHealthyRetryPolicy", retries)?;
            }
            check_throttle("http.defaultThrottlePolicy", http.default_throttle_policy)?;
        }
        Ok(policy)
    }

    /// What holds for a subscription of this topic; every part has a value or none applies.
    pub fn effective(&self, own: Option<&DeliveryPolicy>) -> DeliveryPolicy {
        let http = self.http.clone().unwrap_or_default();
        let own = own.filter(|_| !http.disable_subscription_overrides).cloned().unwrap_or_default();
        let retries = own.healthy_retry_policy.or(http.default_healthy_retry_policy);
        DeliveryPolicy {
            healthy_retry_policy: Some(retries.unwrap_or_default()),
            throttle_policy: own.throttle_policy.or(http.default_throttle_policy),
            request_policy: own.request_policy.or(http.default_request_policy),
        }
    }

    /// `EffectiveDeliveryPolicy` of a topic.
    pub fn effective_json(&self) -> String {
        let http = self.http.clone().unwrap_or_default();
        let mut shown = json!({
            "defaultHealthyRetryPolicy": http.default_healthy_retry_policy.unwrap_or_default(),
            "disableSubscriptionOverrides": http.disable_subscription_overrides,
        });
        if let Some(throttle) = http.default_throttle_policy {
            shown["defaultThrottlePolicy"] = json!(throttle);
        }
        let content_type = http.default_request_policy.map(|policy| policy.header_content_type);
        let content_type = content_type.unwrap_or_else(|| CONTENT_TYPE.to_owned());
        shown["defaultRequestPolicy"] = json!({ "headerContentType": content_type });
        json!({ "http": shown }).to_string()
    }
}

/// What notifications are called unless a policy says otherwise.
const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

impl DeliveryPolicy {
    pub fn content_type(&self) -> &str {
        self.request_policy.as_ref().map_or(CONTENT_TYPE, |policy| &policy.header_content_type)
    }

    /// `EffectiveDeliveryPolicy` of a subscription.
    pub fn effective_json(&self) -> String {
        json!({
            "healthyRetryPolicy": self.healthy_retry_policy.unwrap_or_default(),
            "sicklyRetryPolicy": null,
            "throttlePolicy": self.throttle_policy,
            "requestPolicy": { "headerContentType": self.content_type() },
            "guaranteed": false,
        })
        .to_string()
    }
}

/// AWS gives policies back with members that say nothing; they may come back.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, PolicyProblem> {
    let problem = |error: serde_json::Error| PolicyProblem(error.to_string());
    let mut value: Value = serde_json::from_str(text).map_err(problem)?;
    if let Some(members) = value.as_object_mut() {
        let says_nothing = |name: &str, value: &Value| match name {
            "sicklyRetryPolicy" | "throttlePolicy" | "requestPolicy" => value.is_null(),
            "guaranteed" => *value == json!(false),
            _ => false,
        };
        members.retain(|name, value| !says_nothing(name, value));
    }
    serde_json::from_value(value).map_err(problem)
}

fn check_throttle(name: &str, throttle: Option<Throttle>) -> Result<(), PolicyProblem> {
    match throttle {
        Some(Throttle { max_receives_per_second: 0 }) => Err(PolicyProblem(format!(
            "{name}.maxReceivesPerSecond must be greater than or equal to 1"
        ))),
        _ => Ok(()),
    }
}

fn check_retries(name: &str, retries: &Retries) -> Result<(), PolicyProblem> {
    let refuse = |problem: String| Err(PolicyProblem(format!("{name}.{problem}")));
    let (min, max) = (retries.min_delay_target, retries.max_delay_target);
    if !(1..=3600).contains(&max) {
        return refuse("maxDelayTarget must be between 1 and 3600".to_owned());
    }
    if !(1..=max).contains(&min) {
        return refuse("minDelayTarget must be between 1 and maxDelayTarget".to_owned());
    }
    if retries.num_retries > MOST_RETRIES {
        return refuse(format!("numRetries must be less than or equal to {MOST_RETRIES}"));
    }
    let phases = u64::from(retries.num_no_delay_retries)
        + u64::from(retries.num_min_delay_retries)
        + u64::from(retries.num_max_delay_retries);
    if phases > u64::from(retries.num_retries) {
        let phases = "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries";
        return refuse(format!("numRetries must be at least the sum of {phases}"));
    }
    if retries.total() > MOST_TOTAL {
        return refuse("the delays add up to more than 3600 seconds".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(policy: &str) -> String {
        DeliveryPolicy::parse(policy).expect_err("refused").to_string()
    }

    #[test]
    fn what_aws_gives_back_may_be_set_again() {
        let policy =
            r#"{"healthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":9,"numRetries":4}}"#;
        let policy = DeliveryPolicy::parse(policy).expect("a policy");
        let effective = TopicDelivery::default().effective(Some(&policy));
        let again = DeliveryPolicy::parse(&effective.effective_json()).expect("a policy");
        assert_eq!(again.healthy_retry_policy, policy.healthy_retry_policy);
    }

    #[test]
    fn a_policy_that_cannot_be_followed_is_refused() {
        let retries = |members: &str| format!("{{\"healthyRetryPolicy\":{{{members}}}}}");
        assert!(refused("{").contains("EOF"));
        assert!(refused(r#"{"x":1}"#).contains("unknown field `x`"));
        for (members, problem) in [
            (r#""maxDelayTarget":4000"#, "maxDelayTarget must be between"),
            (r#""minDelayTarget":30"#, "minDelayTarget must be between"),
            (r#""numRetries":101"#, "numRetries must be less"),
            (r#""numNoDelayRetries":4"#, "numRetries must be at least"),
            (r#""numRetries":100,"maxDelayTarget":60,"minDelayTarget":60"#, "add up to more"),
        ] {
            assert!(refused(&retries(members)).contains(problem), "{members}");
        }
        let throttle = refused(r#"{"throttlePolicy":{"maxReceivesPerSecond":0}}"#);
        assert!(throttle.contains("maxReceivesPerSecond"), "{throttle}");
    }

    #[test]
    fn a_topic_can_insist() {
        let own = r#"{"healthyRetryPolicy":{"numRetries":1}}"#;
        let own = DeliveryPolicy::parse(own).expect("a policy");
        let topic = |overrides| {
            let policy = format!(
                r#"{{"http":{{"defaultHealthyRetryPolicy":{{"numRetries":2}},"disableSubscriptionOverrides":{overrides}}}}}"#
            );
            TopicDelivery::parse(&policy).expect("a policy").effective(Some(&own))
        };
        let retries = |policy: DeliveryPolicy| policy.healthy_retry_policy.map(|r| r.num_retries);
        assert_eq!(retries(topic(false)), Some(1));
        assert_eq!(retries(topic(true)), Some(2));
    }
}
