//! `DeleteParameters`: removes several parameters, and names those that are none.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html>

use model::{ResourceChange, ResourceId, StoredParameter};
use serde::{Deserialize, Serialize};

use super::errors;
use super::get_parameters::MOST;
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct DeleteParameters;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    deleted_parameters: Vec<String>,
    invalid_parameters: Vec<String>,
}

impl Action for DeleteParameters {
    const NAME: &'static str = "DeleteParameters";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        if input.names.is_empty() {
            return Err(errors::too_few("names"));
        }
        if input.names.len() > MOST {
            return Err(errors::too_many("names", MOST));
        }
        let edited = edit(&*call.backing.control, errors::refused, |seen| {
            let is_there = |name: &String| seen.get::<StoredParameter>(name).is_some();
            let (deleted_parameters, invalid_parameters): (Vec<_>, Vec<_>) =
                input.names.iter().cloned().partition(is_there);
            let forget = |name| ResourceChange::Forget(ResourceId::of::<StoredParameter>(name));
            let changes = deleted_parameters.iter().map(forget).collect();
            Ok((changes, Output { deleted_parameters, invalid_parameters }))
        });
        edited.await
    }
}
