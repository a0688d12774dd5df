//! `UpdateAlias`: points an alias elsewhere, or shares its invocations.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html>

use model::ResourceChange;
use serde::Deserialize;

use super::alias_configuration::{AliasConfiguration, RoutingConfig};
use super::{alias_configuration, named, problem, provisioned, revision};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    name: String,
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<RoutingConfig>,
    revision_id: Option<String>,
}

impl Action for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    type Input<'a> = Input;
    type Output = AliasConfiguration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<AliasConfiguration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let alias = edit(&*call.backing.control, problem::refused, |all| {
            let mut alias = alias_configuration::find(call, all, &named, &input.name)?;
            let now = alias_configuration::revision_id(all, &alias);
            revision::check(input.revision_id.as_deref(), &now)?;
            if let Some(version) = &input.function_version {
                alias.version = alias_configuration::version(call, all, &named, version)?;
            }
            if let Some(description) = &input.description {
                alias.description.clone_from(description);
            }
            if let Some(routing) = &input.routing_config {
                alias.other = alias_configuration::other(call, all, &named, routing)?;
            }
            if input.function_version.is_some() || input.routing_config.is_some() {
                alias_configuration::check(&alias)?;
                provisioned::check_moved(all, &alias)?;
            }
            Ok((vec![ResourceChange::Keep(alias.clone().into())], alias))
        });
        Ok(alias_configuration::of(call, &alias.await?))
    }
}

impl RestAction for UpdateAlias {
    const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}");
}
