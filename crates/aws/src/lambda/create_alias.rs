//! `CreateAlias`: a pointer to a version.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html>

use model::{Alias, ResourceChange};
use serde::Deserialize;

use super::alias_configuration::{AliasConfiguration, RoutingConfig};
use super::{alias_configuration, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct CreateAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    name: String,
    function_version: String,
    #[serde(default)]
    description: String,
    routing_config: Option<RoutingConfig>,
}

impl Action for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    type Input<'a> = Input;
    type Output = AliasConfiguration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<AliasConfiguration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let name = alias_configuration::name(&input.name)?;
        let routing = &input.routing_config.unwrap_or_default();
        let alias = edit(&*call.backing.control, problem::refused, |all| {
            let version = alias_configuration::version(call, all, &named, &input.function_version)?;
            let other = alias_configuration::other(call, all, &named, routing)?;
            let alias = Alias {
                function: named.function.clone(),
                name: name.clone(),
                version,
                other,
                description: input.description.clone(),
            };
            alias_configuration::check(&alias)?;
            if all.get::<Alias>(Alias::id(&alias.function, &alias.name)).is_some() {
                let arn = alias_configuration::arn(call, &alias);
                return Err(problem::conflict(format!("Alias already exists: {arn}")));
            }
            Ok((vec![ResourceChange::Keep(alias.clone().into())], alias))
        });
        Ok(alias_configuration::of(call, &alias.await?))
    }
}

impl RestAction for CreateAlias {
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/aliases");
    const STATUS: u16 = 201;
}
