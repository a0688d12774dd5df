//! `DeleteAlias`: forgets an alias with what is set about it; its version stays.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html>

use model::{Qualifier, ResourceChange};
use serde::Deserialize;

use super::named::Named;
use super::{alias_configuration, belongings, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    name: String,
}

impl Action for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let name = alias_configuration::name(&input.name)?;
        let named = Named { given: Some(Qualifier::Alias(name)), ..named };
        let gone = edit(&*call.backing.control, problem::refused, |all| {
            let leaving = belongings::of_qualified(all, &named);
            Ok((leaving.into_iter().map(ResourceChange::Forget).collect(), ()))
        });
        gone.await
    }
}

impl RestAction for DeleteAlias {
    const ROUTE: Route =
        Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}");
    const STATUS: u16 = 204;
}
