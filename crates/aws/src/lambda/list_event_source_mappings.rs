//! `ListEventSourceMappings`: all mappings, or those of a queue or a function, in pages.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>

use model::EventSourceMapping;
use serde::{Deserialize, Serialize};

use super::event_source_mappings::{PATH, Shown};
use super::function_name;
use super::page::wanted;
use super::problem::invalid;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::page::{Page, page};
use crate::protocol::Route;

/// The most that are listed at once, and what is listed when nothing is said.
const MOST: usize = 100;

pub(super) struct ListEventSourceMappings;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    event_source_arn: Option<String>,
    function_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    event_source_mappings: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListEventSourceMappings {
    const NAME: &'static str = "ListEventSourceMappings";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let account = &call.backing.account;
        let named = |name| function_name::read(name, account);
        let function = input.function_name.as_deref().map(named).transpose()?;
        let is_asked = |mapping: &&EventSourceMapping| {
            let is_of_queue =
                input.event_source_arn.as_deref().is_none_or(|arn| mapping.queue.as_str() == arn);
            let own = function_name::parse(mapping.function.as_str());
            is_of_queue && (function.is_none() || function == own)
        };
        let all = seen.all::<EventSourceMapping>().filter(is_asked);
        let most = wanted(input.max_items, MOST)?;
        let Page { items, next } = page(all, |mapping| &mapping.id, input.marker.as_deref(), most)
            .map_err(|_| invalid("Invalid Marker."))?;
        let shown = items.into_iter().map(|mapping| {
            let kept = seen.find::<EventSourceMapping>(&mapping.id).map(|(_, kept)| kept.updated);
            Shown::at_rest(mapping, kept.unwrap_or_default(), &seen, account)
        });
        Ok(Output { event_source_mappings: shown.collect(), next_marker: next })
    }
}

impl RestAction for ListEventSourceMappings {
    const ROUTE: Route = Route::new("GET", PATH);
}
