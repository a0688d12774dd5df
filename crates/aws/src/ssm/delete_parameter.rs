//! `DeleteParameter`: removes a parameter with all its versions.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>

use model::{ResourceChange, ResourceId, StoredParameter};
use serde::Deserialize;

use super::Done;
use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct DeleteParameter;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
}

impl Action for DeleteParameter {
    const NAME: &'static str = "DeleteParameter";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let edited = edit(&*call.backing.control, errors::refused, |seen| {
            let there = seen.get::<StoredParameter>(&input.name);
            there.ok_or_else(|| errors::not_found(&input.name))?;
            let id = ResourceId::of::<StoredParameter>(&input.name);
            Ok((vec![ResourceChange::Forget(id)], Done {}))
        });
        edited.await
    }
}
