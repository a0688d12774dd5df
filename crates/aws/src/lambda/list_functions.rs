//! `ListFunctions`: all functions, by name.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>

use functions::Described;
use model::{FunctionVersion, PublishedVersion, Qualifier};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::{configuration, page, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListFunctions;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    marker: Option<String>,
    max_items: Option<i64>,
    function_version: Option<String>,
    master_region: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    functions: Vec<Configuration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListFunctions {
    const NAME: &'static str = "ListFunctions";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let with_versions = match input.function_version.as_deref() {
            None => false,
            Some("ALL") => true,
            Some(other) => return Err(constraint::not_in(other, "functionVersion", "[ALL]")),
        };
        if input.master_region.is_some() {
            return Err(problem::unsupported("MasterRegion"));
        }
        let all = call.backing.control.resources();
        let functions = &call.backing.functions;
        let mut described = functions.describe_all().await;
        if with_versions {
            for published in all.all::<PublishedVersion>() {
                let version = FunctionVersion::Published(published.number);
                let qualifier = Qualifier::Version(version);
                described.extend(functions.describe(&published.function.name, &qualifier).await);
            }
            described.sort_by_key(key);
        }
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(described, key, marker, most)?;
        let functions =
            page.iter().map(|described| configuration::describe(call, &all, described)).collect();
        Ok(Output { functions, next_marker })
    }
}

impl RestAction for ListFunctions {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions");
}

fn key(described: &Described) -> String {
    let number = match described.version {
        FunctionVersion::Latest => 0,
        FunctionVersion::Published(number) => number,
    };
    format!("{}:{number:010}", described.function.name)
}
