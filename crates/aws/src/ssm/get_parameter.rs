//! `GetParameter`: one parameter, the latest version or another.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use serde::{Deserialize, Serialize};

use super::name::find;
use super::parameter::{Parameter, Secrets};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct GetParameter;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    with_decryption: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    parameter: Parameter,
}

impl Action for GetParameter {
    const NAME: &'static str = "GetParameter";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let found = find(&input.name, &seen, &call.backing.account)?;
        let secrets = Secrets::asked(input.with_decryption);
        Ok(Output { parameter: Parameter::of(&found, secrets, call)? })
    }
}
