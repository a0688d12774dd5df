//! `PublishVersion`: a copy of the function's code and settings that never changes.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>

use model::{FunctionVersion, PublishedVersion, Qualifier, ResourceChange, Snapshot};
use serde::Deserialize;

use super::configuration::Configuration;
use super::named::Named;
use super::{change, configuration, named, problem, revision};
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
    publish_to: Option<String>,
}

/// What a version is to be of, and to be called.
#[derive(Default)]
pub(super) struct Wanted {
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
        if input.publish_to.is_some() {
            return Err(problem::unsupported("PublishTo"));
        }
        let Input { code_sha256, description, revision_id, .. } = input;
        publish(call, &named, &Wanted { code_sha256, description, revision_id }).await
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
    wanted: &Wanted,
) -> Result<Configuration, AwsError> {
    let (functions, function) = (&call.backing.functions, &named.function);
    let missing = || problem::no_function(&call.backing.account, function);
    let seen = change::real(call, function).await?;
    let latest = functions.describe(function, &Qualifier::LATEST).await.ok_or_else(missing)?;
    let frozen = functions.freeze(function).await;
    let frozen = frozen
        .map_err(|error| AwsError::service("ServiceException", error.to_string()))?
        .ok_or_else(missing)?;
    let number = edit(&*call.backing.control, problem::refused, |all| {
        named::check(call, all, named)?;
        let revision_id = revision::of_function(all, &latest);
        revision::check(wanted.revision_id.as_deref(), &revision_id)?;
        if !revision::is_unchanged(function, &seen, all) {
            return Err(problem::in_progress(&call.backing.account, function));
        }
        let now = call.backing.clock.timestamp();
        let description = wanted.description.as_deref();
        let (details, source) = configuration::frozen(all, &latest, description, now);
        check_code(wanted.code_sha256.as_deref(), &details.code_sha256)?;
        let last = last(all, named);
        if let Some(last) = last.filter(|last| last.is_of(&latest.digest, &source)) {
            return Ok((Vec::new(), last.number));
        }
        let mut settings = named::settings(all, function);
        settings.published = settings.published.max(last.map_or(0, |last| last.number)) + 1;
        let number = settings.published;
        let published = PublishedVersion {
            number,
            function: Box::new(frozen.function.clone()),
            details,
            digest: latest.digest.clone(),
            source: Some(source),
        };
        let changes =
            [ResourceChange::Keep(published.into()), ResourceChange::Keep(settings.into())];
        Ok((changes.into(), number))
    });
    let version = FunctionVersion::Published(number.await?);
    let given = Some(Qualifier::Version(version));
    configuration::of(call, &Named { function: function.clone(), given }).await
}

fn check_code(expected: Option<&str>, now: &str) -> Result<(), AwsError> {
    match expected {
        Some(expected) if expected != now => Err(problem::invalid(format!(
            "CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({now}). \
             Please try again with the CodeSHA256 in $LATEST."
        ))),
        _ => Ok(()),
    }
}

fn last<'a>(all: &'a Snapshot, named: &Named) -> Option<&'a PublishedVersion> {
    let own = all.all::<PublishedVersion>().filter(|it| it.function.name == named.function);
    own.max_by_key(|published| published.number)
}
