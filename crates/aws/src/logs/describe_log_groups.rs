//! `DescribeLogGroups`: one group for each function.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>

use model::Timestamp;
use serde::{Deserialize, Serialize};

use super::events;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// AWS's own default and bound.
const MOST: usize = 50;
/// That of all groups here.
const CLASS: &str = "STANDARD";
const CLASSES: [&str; 3] = [CLASS, "INFREQUENT_ACCESS", "DELIVERY"];

pub(super) struct DescribeLogGroups;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    /// Names or ARNs.
    log_group_identifiers: Option<Vec<String>>,
    /// This server's is the only account: naming another leaves none.
    account_identifiers: Option<Vec<String>>,
    log_group_class: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    log_groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    log_group_name: String,
    arn: String,
    log_group_arn: String,
    creation_time: u64,
    metric_filter_count: u32,
    stored_bytes: u64,
    log_group_class: &'static str,
}

impl Action for DescribeLogGroups {
    const NAME: &'static str = "DescribeLogGroups";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = input.log_group_identifiers.iter().flatten();
        let is_named = input.log_group_identifiers.as_ref().is_some_and(|all| !all.is_empty());
        let named: Vec<_> = named
            .filter_map(|one| events::named(None, Some(one), &call.backing.account).ok())
            .collect();
        let own = &*call.backing.account.id;
        let is_ours = input
            .account_identifiers
            .is_none_or(|ids| ids.is_empty() || ids.iter().any(|id| id == own));
        let class = input.log_group_class.as_deref().unwrap_or(CLASS);
        if !CLASSES.contains(&class) {
            return Err(events::invalid(format!("The log group class {class} is not known.")));
        }
        let is_wanted = |(name, _): &(String, Timestamp)| {
            let prefix = input.log_group_name_prefix.as_ref();
            let pattern = input.log_group_name_pattern.as_ref();
            is_ours
                && class == CLASS
                && (!is_named || named.contains(name))
                && prefix.is_none_or(|prefix| name.starts_with(prefix.as_str()))
                && pattern.is_none_or(|pattern| name.contains(pattern.as_str()))
                && input.next_token.as_ref().is_none_or(|last| name > last)
        };
        let most = events::limit(input.limit, MOST)?;
        let all = events::groups(call).await;
        let mut wanted = all.into_iter().filter(is_wanted);
        let page: Vec<_> = wanted.by_ref().take(most).collect();
        let more = wanted.next().is_some();
        let next_token = page.last().filter(|_| more).map(|(name, _)| name.clone());
        let begun = events::begun(call, &page).await;
        let group = |((name, since), begun): ((String, Timestamp), Option<Timestamp>)| {
            let arn = call.backing.account.arn("logs", format!("log-group:{name}"));
            Group {
                log_group_name: name,
                arn: format!("{arn}:*"),
                log_group_arn: arn.to_string(),
                creation_time: begun.unwrap_or(since).0,
                metric_filter_count: 0,
                stored_bytes: 0,
                log_group_class: CLASS,
            }
        };
        Ok(Output { log_groups: page.into_iter().zip(begun).map(group).collect(), next_token })
    }
}
