//! `UpdateFunctionCode`: other code for a function that an AWS call made.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>

use model::{ResourceChange, Snapshot};
use serde::Deserialize;

use super::code::Zip;
use super::configuration::Configuration;
use super::publish_version;
use super::{change, code, configuration, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateFunctionCode;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    dry_run: bool,
    revision_id: Option<String>,
    #[serde(flatten)]
    code: Zip,
}

impl Action for UpdateFunctionCode {
    const NAME: &'static str = "UpdateFunctionCode";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let expected = change::Expected::of(call, &named, input.revision_id).await?;
        let mut made = named::made(call, &expected.seen, &named.function)?.clone();
        let kept = code::keep(call, &named.function, &input.code).await?;
        code::replace(&mut made, &kept, call.backing.clock.timestamp());
        code::check(call, &made).await?;
        if !input.dry_run {
            let made = |_: &Snapshot| vec![ResourceChange::Keep(made.clone().into())];
            change::make_latest(call, &expected, made).await?;
        }
        if input.publish && !input.dry_run {
            return publish_version::publish(call, &named, &Default::default()).await;
        }
        configuration::of(call, &named).await
    }
}

impl RestAction for UpdateFunctionCode {
    const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/code");
}
