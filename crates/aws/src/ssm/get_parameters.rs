//! `GetParameters`: several parameters, and the names that are none.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>

use serde::{Deserialize, Serialize};

use super::errors;
use super::name::find;
use super::parameter::{Parameter, Secrets};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// Also of [`DeleteParameters`](super::delete_parameters).
pub(super) const MOST: usize = 10;

pub(super) struct GetParameters;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    names: Vec<String>,
    with_decryption: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    parameters: Vec<Parameter>,
    invalid_parameters: Vec<String>,
}

impl Action for GetParameters {
    const NAME: &'static str = "GetParameters";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        if input.names.is_empty() {
            return Err(errors::too_few("names"));
        }
        if input.names.len() > MOST {
            return Err(errors::too_many("names", MOST));
        }
        let seen = call.backing.control.resources();
        let secrets = Secrets::asked(input.with_decryption);
        let (mut parameters, mut invalid_parameters) = (Vec::new(), Vec::new());
        for name in input.names {
            match find(&name, &seen, &call.backing.account) {
                Ok(found) => parameters.push(Parameter::of(&found, secrets, call)?),
                Err(_) => invalid_parameters.push(name),
            }
        }
        Ok(Output { parameters, invalid_parameters })
    }
}
