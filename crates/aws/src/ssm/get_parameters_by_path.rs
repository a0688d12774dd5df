//! `GetParametersByPath`: the parameters below a path.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>

use model::StoredParameter;
use serde::{Deserialize, Serialize};

use super::filter::{self, Depth, Given, is_below};
use super::parameter::{Parameter, Secrets};
use super::{describe_parameters, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::page;

const MOST: usize = 10;

pub(super) struct GetParametersByPath;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    path: String,
    recursive: Option<bool>,
    #[serde(default)]
    parameter_filters: Vec<Given>,
    with_decryption: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for GetParametersByPath {
    const NAME: &'static str = "GetParametersByPath";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        if !input.path.starts_with('/') {
            return Err(errors::invalid(
                "The parameter doesn't meet the parameter name requirements. The parameter name must \
                 begin with a forward slash \"/\".",
            ));
        }
        let filters = filter::read(input.parameter_filters, &["Type", "KeyId"])?;
        let most = describe_parameters::most(input.max_results, MOST)?;
        let is_recursive = input.recursive == Some(true);
        let depth = if is_recursive { Depth::Recursive } else { Depth::OneLevel };
        let seen = call.backing.control.resources();
        let below = seen.all::<StoredParameter>().filter(|parameter| {
            is_below(&parameter.name, &input.path, depth)
                && filters.iter().all(|filter| filter.lets_through(parameter))
        });
        let page = page(below, |one| &one.name, input.next_token.as_deref(), most)
            .map_err(errors::token)?;
        let secrets = Secrets::asked(input.with_decryption);
        let parameters = page.items.iter().map(|one| Parameter::latest(one, secrets, call));
        Ok(Output { parameters: parameters.collect::<Result<_, _>>()?, next_token: page.next })
    }
}
