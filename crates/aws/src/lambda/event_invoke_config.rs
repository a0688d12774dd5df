//! Settings of asynchronous invocations, as actions take and answer them.

use std::time::Duration;

use model::{Arn, EventInvokeConfig, Kept, Snapshot};
use serde::{Deserialize, Serialize};

use super::function_name;
use super::named::Named;
use super::problem::{self, invalid, not_found};
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configured {
    /// Seconds.
    last_modified: f64,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_retry_attempts: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_event_age_in_seconds: Option<u64>,
    destination_config: DestinationConfig,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DestinationConfig {
    #[serde(default)]
    on_success: Destination,
    #[serde(default)]
    on_failure: Destination,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

/// What an action sets; the rest stays as it was.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    pub(super) function_name: String,
    pub(super) qualifier: Option<String>,
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<DestinationConfig>,
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.maximum_retry_attempts.is_none()
            && self.maximum_event_age_in_seconds.is_none()
            && self.destination_config.is_none()
    }
}

pub(super) fn missing(call: &Call<'_>, named: &Named) -> AwsError {
    let arn = named.qualified_arn(call);
    not_found(format!("The function {arn} doesn't have an EventInvokeConfig"))
}

pub(super) fn set(
    mut config: EventInvokeConfig,
    wanted: &Wanted,
) -> Result<EventInvokeConfig, AwsError> {
    if wanted.is_empty() {
        return Err(invalid(
            "You must specify at least one of error handling or destination setting.",
        ));
    }
    if let Some(retries) = wanted.maximum_retry_attempts {
        let most = i64::from(EventInvokeConfig::MOST_RETRIES);
        let retries = constraint::within(retries, "maximumRetryAttempts", 0..=most)?;
        config.retries = u8::try_from(retries).ok();
    }
    if let Some(seconds) = wanted.maximum_event_age_in_seconds {
        let [least, most] = [EventInvokeConfig::LEAST_AGE, EventInvokeConfig::MOST_AGE]
            .map(|age| age.as_secs().cast_signed());
        let seconds = constraint::within(seconds, "maximumEventAgeInSeconds", least..=most)?;
        config.most_age = Some(Duration::from_secs(seconds.into()));
    }
    if let Some(DestinationConfig { on_success, on_failure }) = &wanted.destination_config {
        config.on_success = destination(on_success)?;
        config.on_failure = destination(on_failure)?;
    }
    let is_itself = |arn: &Arn| {
        arn.service() == "lambda"
            && function_name::parse(arn.as_str()).is_some_and(|it| it.function == config.function)
    };
    if config.on_success.iter().chain(&config.on_failure).any(is_itself) {
        return Err(invalid("You can't specify the function as a destination for itself."));
    }
    Ok(config)
}

fn destination(given: &Destination) -> Result<Option<Arn>, AwsError> {
    let text = given.destination.as_ref().filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(None) };
    let is_taken = |arn: &Arn| matches!(arn.service(), "lambda" | "sqs" | "sns");
    let arn = Arn::parse(text).filter(|arn| is_taken(arn) || arn.is_event_bus());
    let refused = || {
        invalid(format!(
            "The destination ARN {text} is invalid: name a function, a queue, a topic or \
             the default event bus"
        ))
    };
    let arn = arn.ok_or_else(refused)?;
    if arn.resource().ends_with(".fifo") {
        return Err(invalid(format!(
            "The destination ARN {arn} is invalid: FIFO is not supported"
        )));
    }
    Ok(Some(arn))
}

/// As it is kept now.
pub(super) fn kept(call: &Call<'_>, all: &Snapshot, named: &Named) -> Result<Configured, AwsError> {
    let found = all.find::<EventInvokeConfig>(named.id());
    let (config, kept) = found.ok_or_else(|| missing(call, named))?;
    Ok(of(call, config, kept))
}

pub(super) fn of(call: &Call<'_>, config: &EventInvokeConfig, kept: &Kept) -> Configured {
    let to = |arn: &Option<Arn>| Destination { destination: arn.as_ref().map(Arn::to_string) };
    let resource = model::function::qualified(&config.function, &config.qualifier);
    Configured {
        last_modified: kept.updated.0 as f64 / 1000.0,
        function_arn: problem::arn(&call.backing.account, resource),
        maximum_retry_attempts: config.retries,
        maximum_event_age_in_seconds: config.most_age.map(|age| age.as_secs()),
        destination_config: DestinationConfig {
            on_success: to(&config.on_success),
            on_failure: to(&config.on_failure),
        },
    }
}
