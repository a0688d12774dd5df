//! `GetParameterHistory`: every version of a parameter that is kept.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html>

use model::{ParameterVersion, StoredParameter};
use serde::{Deserialize, Serialize};

use super::describe_parameters::{key_id, most, user};
use super::errors;
use super::name::find;
use super::parameter::{DATA_TYPE, Secrets, seconds, tier};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::page;

const MOST: usize = 50;

pub(super) struct GetParameterHistory;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    with_decryption: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    parameters: Vec<History>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    name: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'static str>,
    last_modified_date: f64,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<String>,
    version: u64,
    labels: [(); 0],
    tier: &'static str,
    policies: [(); 0],
    data_type: &'static str,
}

impl Action for GetParameterHistory {
    const NAME: &'static str = "GetParameterHistory";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let most = most(input.max_results, MOST)?;
        let seen = call.backing.control.resources();
        let parameter = find(&input.name, &seen, &call.backing.account)?.parameter;
        // As texts of one length, numbers have their order.
        let keyed: Vec<_> =
            parameter.versions.iter().map(|one| (format!("{:020}", one.number), one)).collect();
        let page = page(&keyed, |(key, _)| key, input.next_token.as_deref(), most)
            .map_err(errors::token)?;
        let secrets = Secrets::asked(input.with_decryption);
        let versions = page.items.into_iter();
        let parameters = versions.map(|(_, version)| history(parameter, version, secrets, call));
        Ok(Output { parameters: parameters.collect::<Result<_, _>>()?, next_token: page.next })
    }
}

fn history(
    parameter: &StoredParameter,
    version: &ParameterVersion,
    secrets: Secrets,
    call: &Call<'_>,
) -> Result<History, AwsError> {
    Ok(History {
        name: parameter.name.clone(),
        r#type: parameter.kind.as_str(),
        key_id: key_id(parameter),
        last_modified_date: seconds(version.set),
        last_modified_user: user(call),
        description: version.description.clone(),
        value: secrets.value(parameter, version, call)?,
        allowed_pattern: version.allowed_pattern.clone(),
        version: version.number,
        labels: [],
        tier: tier(version),
        policies: [],
        data_type: DATA_TYPE,
    })
}
