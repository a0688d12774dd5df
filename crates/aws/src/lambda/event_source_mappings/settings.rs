//! What a mapping is made of, as `CreateEventSourceMapping` and `UpdateEventSourceMapping` take it.

use std::time::Duration;

use model::{Account, Arn, EventSourceMapping};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::constraint::{self, within};
use crate::error::AwsError;
use crate::lambda::function_name;
use crate::lambda::problem::invalid;

/// Settings that are absent stay as they are.
#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
pub(in crate::lambda) struct Settings {
    pub(in crate::lambda) function_name: Option<String>,
    enabled: Option<bool>,
    batch_size: Option<i64>,
    maximum_batching_window_in_seconds: Option<i64>,
    filter_criteria: Option<FilterCriteria>,
    function_response_types: Option<Vec<String>>,
    scaling_config: Option<ScalingConfig>,
    /// Settings of other event sources than queues.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: Option<i64>,
}

impl Settings {
    pub(in crate::lambda) fn apply(
        self,
        mapping: &mut EventSourceMapping,
        account: &Account,
    ) -> Result<(), AwsError> {
        // Members of the path and of the one action that makes a mapping stand among the others.
        const KNOWN: [&str; 3] = ["UUID", "EventSourceArn", "Tags"];
        let is_unknown = |(name, value): &(&String, &Value)| {
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            !KNOWN.contains(&name.as_str()) && !is_empty
        };
        if let Some((name, _)) = self.others.iter().find(is_unknown) {
            return Err(invalid(format!(
                "Unsupported {name} parameter for given event source mapping type."
            )));
        }
        if let Some(name) = self.function_name {
            mapping.function = function(&name, account)?;
        }
        if let Some(enabled) = self.enabled {
            mapping.enabled = enabled;
        }
        if let Some(size) = self.batch_size {
            mapping.batch = within(size, "batchSize", 1..=10_000)?;
        }
        if let Some(seconds) = self.maximum_batching_window_in_seconds {
            let seconds = within(seconds, "maximumBatchingWindowInSeconds", 0..=300)?;
            mapping.window = Duration::from_secs(seconds.into());
        }
        if let Some(criteria) = self.filter_criteria {
            mapping.filters =
                criteria.filters.into_iter().filter_map(|filter| filter.pattern).collect();
        }
        if let Some(types) = self.function_response_types {
            mapping.reports_failures = reports_failures(&types)?;
        }
        if let Some(scaling) = self.scaling_config {
            let most = scaling.maximum_concurrency;
            let member = "scalingConfig.maximumConcurrency";
            mapping.most_concurrent =
                most.map(|most| within(most, member, 2..=1000)).transpose()?;
        }
        Ok(())
    }
}

/// A function's ARN, of whichever name a client has for it.
fn function(name: &str, account: &Account) -> Result<Arn, AwsError> {
    let named = function_name::read(name, account)?;
    let qualifier = named.qualifier.filter(|qualifier| qualifier != "$LATEST");
    let qualifier = qualifier.map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
    Ok(account.arn("lambda", format_args!("function:{}{qualifier}", named.function)))
}

fn reports_failures(types: &[String]) -> Result<bool, AwsError> {
    match types {
        [] => Ok(false),
        [only] if only == "ReportBatchItemFailures" => Ok(true),
        other => {
            let rule = "satisfy constraint: [Member must satisfy enum value set: \
                        [ReportBatchItemFailures]]";
            Err(constraint::broken(
                format!("[{}]", other.join(", ")),
                "functionResponseTypes",
                rule,
            ))
        }
    }
}
