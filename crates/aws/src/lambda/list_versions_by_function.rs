//! `ListVersionsByFunction`: `$LATEST` and what was published of it.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>

use model::{FunctionVersion, PublishedVersion, Qualifier};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::{configuration, named, page};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListVersionsByFunction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    versions: Vec<Configuration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListVersionsByFunction {
    const NAME: &'static str = "ListVersionsByFunction";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let published = all.all::<PublishedVersion>();
        let own = published.filter(|it| it.function.name == named.function);
        let numbers = own.map(|published| FunctionVersion::Published(published.number));
        let mut versions: Vec<_> =
            std::iter::once(FunctionVersion::Latest).chain(numbers).collect();
        versions.sort();
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(versions, key, marker, most)?;
        let mut versions = Vec::new();
        for version in page {
            let qualifier = Qualifier::Version(version);
            if let Some(it) = call.backing.functions.describe(&named.function, &qualifier).await {
                let mut configuration = configuration::describe(call, &all, &it);
                configuration.qualify();
                versions.push(configuration);
            }
        }
        Ok(Output { versions, next_marker })
    }
}

impl RestAction for ListVersionsByFunction {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/versions");
}

fn key(version: &FunctionVersion) -> String {
    match version {
        FunctionVersion::Latest => format!("{:010}", 0),
        FunctionVersion::Published(number) => format!("{number:010}"),
    }
}
