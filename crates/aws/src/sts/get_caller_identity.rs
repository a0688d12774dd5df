//! `GetCallerIdentity`: which account a client's credentials belong to.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct GetCallerIdentity;

#[derive(Deserialize)]
pub(super) struct Input {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    user_id: String,
    account: String,
    arn: String,
}

impl Action for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(_input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let account = call.backing.account.id.to_string();
        Ok(Output {
            arn: format!("arn:aws:iam::{account}:root"),
            user_id: account.clone(),
            account,
        })
    }
}
