//! `ListAliases`: a function's aliases, or those that point to one version.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html>

use model::Alias;
use serde::{Deserialize, Serialize};

use super::alias_configuration::AliasConfiguration;
use super::{alias_configuration, named, page};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListAliases;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    aliases: Vec<AliasConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListAliases {
    const NAME: &'static str = "ListAliases";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let points = |alias: &&Alias| {
            let version = input.function_version.as_ref();
            alias.function == named.function
                && version.is_none_or(|version| *version == alias.version.to_string())
        };
        let own: Vec<&Alias> = all.all::<Alias>().filter(points).collect();
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(own, |alias| alias.name.to_string(), marker, most)?;
        let aliases = page.into_iter().map(|alias| alias_configuration::of(call, alias)).collect();
        Ok(Output { aliases, next_marker })
    }
}

impl RestAction for ListAliases {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/aliases");
}
