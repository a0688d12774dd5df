//! `DeleteAlias`: forgets an alias; its version stays.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html>

use model::{Alias, ResourceId};
use serde::Deserialize;

use super::{alias_configuration, change, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
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
        let id = ResourceId::of::<Alias>(Alias::id(&named.function, &name));
        change::forget(call, vec![id]).await
    }
}

impl RestAction for DeleteAlias {
    const ROUTE: Route =
        Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}");
    const STATUS: u16 = 204;
}
