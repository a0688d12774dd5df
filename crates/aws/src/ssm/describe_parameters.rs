//! `DescribeParameters`: what parameters there are, without their values.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html>

use model::{StoredKind, StoredParameter};
use serde::{Deserialize, Serialize};

use super::errors;
use super::filter::{self, Given, KEY_ID};
use super::parameter::{DATA_TYPE, seconds, tier};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::page;

const MOST: usize = 50;
const FILTERS: [&str; 7] = ["Name", "Type", "Path", "KeyId", "Tier", "DataType", "tag:"];

pub(super) struct DescribeParameters;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    parameter_filters: Vec<Given>,
    /// The older kind of filters: a name matches by its beginning.
    #[serde(default)]
    filters: Vec<serde_json::Value>,
    /// Asks for what other accounts share with this one, which is nothing.
    shared: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    parameters: Vec<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    name: String,
    #[serde(rename = "ARN")]
    arn: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'static str>,
    last_modified_date: f64,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<String>,
    version: u64,
    tier: &'static str,
    policies: [(); 0],
    data_type: &'static str,
}

impl Action for DescribeParameters {
    const NAME: &'static str = "DescribeParameters";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        if !input.filters.is_empty() {
            return Err(errors::invalid("Filters is not supported; use ParameterFilters."));
        }
        let filters = filter::read(input.parameter_filters, &FILTERS)?;
        let most = most(input.max_results, MOST)?;
        let seen = call.backing.control.resources();
        let all = seen.all::<StoredParameter>();
        let all = all.filter(|_| input.shared != Some(true));
        let wanted = all.filter(|one| filters.iter().all(|filter| filter.lets_through(one)));
        let page = page(wanted, |one| &one.name, input.next_token.as_deref(), most)
            .map_err(errors::token)?;
        let parameters = page.items.into_iter().map(|one| metadata(one, call)).collect();
        Ok(Output { parameters, next_token: page.next })
    }
}

/// Of lists with at most so many at once.
pub(super) fn most(asked: Option<i64>, most: usize) -> Result<usize, AwsError> {
    let Some(asked) = asked else { return Ok(most) };
    let allowed = usize::try_from(asked).ok().filter(|asked| (1..=most).contains(asked));
    allowed.ok_or_else(|| errors::too_many("maxResults", most))
}

pub(super) fn user(call: &Call<'_>) -> String {
    format!("arn:aws:iam::{}:root", call.backing.account.id)
}

pub(super) fn key_id(parameter: &StoredParameter) -> Option<&'static str> {
    (parameter.kind == StoredKind::SecureString).then_some(KEY_ID)
}

fn metadata(parameter: &StoredParameter, call: &Call<'_>) -> Metadata {
    let latest = parameter.latest();
    Metadata {
        name: parameter.name.clone(),
        arn: parameter.arn(&call.backing.account).to_string(),
        r#type: parameter.kind.as_str(),
        key_id: key_id(parameter),
        last_modified_date: seconds(latest.set),
        last_modified_user: user(call),
        description: latest.description.clone(),
        allowed_pattern: latest.allowed_pattern.clone(),
        version: latest.number,
        tier: tier(latest),
        policies: [],
        data_type: DATA_TYPE,
    }
}
