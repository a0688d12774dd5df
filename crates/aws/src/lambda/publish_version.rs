//! `PublishVersion`: a copy of the function's code and settings that never changes.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>

use model::{FunctionVersion, PublishedVersion, Qualifier, ResourceChange, Snapshot};
use serde::Deserialize;

use super::configuration::Configuration;
use super::named::Named;
use super::{configuration, named, problem, revision};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PublishVersion;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    #[serde(rename = "CodeSha256")]
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

impl Action for PublishVersion {
    const NAME: &'static str = "PublishVersion";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        if let Some(expected) = &input.code_sha256 {
            let now = configuration::of(call, &named).await?.code_sha256;
            if *expected != now {
                return Err(problem::invalid(format!(
                    "CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST \
                     ({now}). Please try again with the CodeSHA256 in $LATEST."
                )));
            }
        }
        publish(call, &named, input.description, input.revision_id.as_deref()).await
    }
}

impl RestAction for PublishVersion {
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/versions");
    const STATUS: u16 = 201;
}

/// Gives the version there is already if nothing has changed since it was published.
pub(super) async fn publish(
    call: &Call<'_>,
    named: &Named,
    description: Option<String>,
    expected: Option<&str>,
) -> Result<Configuration, AwsError> {
    let functions = &call.backing.functions;
    let missing = || problem::no_function(&call.backing.account, &named.function);
    let latest = functions.describe(&named.function, &Qualifier::LATEST).await;
    let latest = latest.ok_or_else(missing)?;
    let frozen = functions.freeze(&named.function).await;
    let frozen = frozen
        .map_err(|error| AwsError::service("ServiceException", error.to_string()))?
        .ok_or_else(missing)?;
    let details = configuration::details_of(call, &latest, description);
    let number = edit(&*call.backing.control, problem::refused, |all| {
        named::check(call, all, named)?;
        revision::check(expected, &revision::of_function(all, &latest))?;
        let last = last(all, named);
        if let Some(last) = last.filter(|last| last.digest == latest.digest) {
            return Ok((Vec::new(), last.number));
        }
        let mut settings = named::settings(all, &named.function);
        settings.published = settings.published.max(last.map_or(0, |last| last.number)) + 1;
        let number = settings.published;
        let published = PublishedVersion {
            number,
            function: Box::new(frozen.function.clone()),
            details: details.clone(),
            digest: latest.digest.clone(),
        };
        let changes =
            [ResourceChange::Keep(published.into()), ResourceChange::Keep(settings.into())];
        Ok((changes.into(), number))
    });
    let version = FunctionVersion::Published(number.await?);
    let given = Some(Qualifier::Version(version));
    configuration::of(call, &Named { function: named.function.clone(), given }).await
}

fn last<'a>(all: &'a Snapshot, named: &Named) -> Option<&'a PublishedVersion> {
    let own = all.all::<PublishedVersion>().filter(|it| it.function.name == named.function);
    own.max_by_key(|published| published.number)
}
