//! `GetAlias`: where an alias points.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html>

use serde::Deserialize;

use super::alias_configuration::AliasConfiguration;
use super::{alias_configuration, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    name: String,
}

impl Action for GetAlias {
    const NAME: &'static str = "GetAlias";
    type Input<'a> = Input;
    type Output = AliasConfiguration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<AliasConfiguration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let alias = alias_configuration::find(call, &all, &named, &input.name)?;
        Ok(alias_configuration::of(call, &alias))
    }
}

impl RestAction for GetAlias {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}");
}
