//! `UpdateFunctionConfiguration`: other settings for a function that an AWS call made.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>

use model::ResourceChange;
use serde::Deserialize;

use super::code::Wanted;
use super::configuration::Configuration;
use super::{change, code, configuration, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateFunctionConfiguration;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Action for UpdateFunctionConfiguration {
    const NAME: &'static str = "UpdateFunctionConfiguration";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let expected = change::Expected::of(call, &named, input.revision_id).await?;
        let all = call.backing.control.resources();
        let mut made = named::made(call, &all, &named.function)?.clone();
        code::set(&mut made, &input.wanted, call.backing.clock.timestamp())?;
        code::check(call, &made).await?;
        let mut changes = vec![ResourceChange::Keep(made.into())];
        if let Some(dead_letters) = code::dead_letters(&input.wanted)? {
            let mut settings = named::settings(&all, &named.function);
            settings.dead_letters = dead_letters;
            changes.push(ResourceChange::Keep(settings.into()));
        }
        change::make_expected(call, changes, &expected).await?;
        configuration::of(call, &named).await
    }
}

impl RestAction for UpdateFunctionConfiguration {
    const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration");
}
