//! `CreateFunctionUrlConfig`: gives a function an address of its own.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html>

use model::{FunctionUrl, InvokeMode, ResourceChange, UrlAuth};
use serde::Deserialize;

use super::function_urls::{self, Configured, Wanted};
use super::problem;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct CreateFunctionUrlConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Action for CreateFunctionUrlConfig {
    const NAME: &'static str = "CreateFunctionUrlConfig";
    type Input<'a> = Input;
    type Output = Configured;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = function_urls::find(call, &input.function_name, input.qualifier.as_deref())?;
        let mut url = FunctionUrl {
            function: named.function.clone(),
            qualifier: named.qualifier(),
            auth: UrlAuth::None,
            mode: InvokeMode::Buffered,
            cors: None,
        };
        input.wanted.check_complete()?;
        function_urls::set(&mut url, &input.wanted)?;
        let made = edit(&*call.backing.control, problem::refused, |all| {
            if all.get::<FunctionUrl>(named.id()).is_some() {
                let arn = url.arn(&call.backing.account);
                let message = format!(
                    "Failed to create function url config for [functionArn = {arn}]. Error \
                     message:  FunctionUrlConfig exists for this Lambda function"
                );
                return Err(problem::conflict(message));
            }
            Ok((vec![ResourceChange::Keep(url.clone().into())], ()))
        });
        made.await?;
        let made = function_urls::changed(call, &named)?;
        Ok(made.newly_made())
    }
}

impl RestAction for CreateFunctionUrlConfig {
    const ROUTE: Route = Route::new("POST", "/2021-10-31/functions/{FunctionName}/url");
    const STATUS: u16 = 201;
}
