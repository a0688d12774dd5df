//! `GetFunction`: a function's settings, tags and concurrency.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>

use std::collections::BTreeMap;

use model::{FunctionSettings, ReservedConcurrency};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::{configuration, download_code, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetFunction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    configuration: Configuration,
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Concurrency>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    repository_type: &'static str,
    location: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Concurrency {
    reserved_concurrent_executions: u32,
}

impl Action for GetFunction {
    const NAME: &'static str = "GetFunction";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let configuration = configuration::of(call, &named).await?;
        let all = call.backing.control.resources();
        let settings = all.get::<FunctionSettings>(&named.function);
        let reserved = all.get::<ReservedConcurrency>(&named.function);
        let tags = settings.map(|settings| settings.tags.clone()).unwrap_or_default();
        let location = download_code::link(call, &named.function, &configuration.version);
        Ok(Output {
            configuration,
            code: Code { repository_type: "S3", location },
            tags: (!tags.is_empty()).then_some(tags),
            concurrency: reserved
                .map(|it| Concurrency { reserved_concurrent_executions: it.invocations }),
        })
    }
}

impl RestAction for GetFunction {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}");
}
