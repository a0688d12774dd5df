//! `GetFunctionConfiguration`: a function's settings.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>

use serde::Deserialize;

use super::configuration::Configuration;
use super::{configuration, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetFunctionConfiguration;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for GetFunctionConfiguration {
    const NAME: &'static str = "GetFunctionConfiguration";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        configuration::of(call, &named).await
    }
}

impl RestAction for GetFunctionConfiguration {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/configuration");
}
