//! `UpdateFunctionConfiguration`: other settings for a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>

use model::{
    FunctionConfiguration, FunctionSettings, MadeFunction, Qualifier, ResourceChange, Snapshot,
};
use serde::Deserialize;

use super::code::Wanted;
use super::configuration::Configuration;
use super::event_source_mappings::timeout;
use super::named::Named;
use super::problem::no_function;
use super::{change, code, configuration, function_name, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateFunctionConfiguration;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Action for UpdateFunctionConfiguration {
    const NAME: &'static str = "UpdateFunctionConfiguration";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let expected = change::Expected::of(call, &named, input.revision_id).await?;
        let all = &expected.seen;
        if named::is_stacks(call, all, &named.function) {
            let change = of_stack(call, all, &named, &input.wanted).await?;
            change::make_latest(call, &expected, |_| vec![change.clone()]).await?;
            warn_of_short(call, &input.wanted, &named).await;
            return configuration::of(call, &named).await;
        }
        let mut made = named::made(call, all, &named.function)?.clone();
        code::set(&mut made, &input.wanted, call.backing.clock.timestamp())?;
        code::check(call, &made).await?;
        let dead_letters = code::dead_letters(&input.wanted)?;
        let changes = |all: &Snapshot| {
            let settings = dead_letters.clone().map(|dead_letters| {
                let settings = named::settings(all, &named.function);
                FunctionSettings { dead_letters, ..settings }
            });
            let made = ResourceChange::Keep(made.clone().into());
            let settings = settings.map(|settings| ResourceChange::Keep(settings.into()));
            std::iter::once(made).chain(settings).collect()
        };
        change::make_latest(call, &expected, changes).await?;
        warn_of_short(call, &input.wanted, &named).await;
        configuration::of(call, &named).await
    }
}

async fn warn_of_short(call: &Call<'_>, wanted: &Wanted, named: &Named) {
    if wanted.timeout.is_none() {
        return;
    }
    timeout::warn_of_short(call, |mapping| {
        let function = function_name::parse(mapping.function.as_str());
        function.is_some_and(|function| function.function == named.function)
    })
    .await;
}

/// Of a function that the manifest declares: it runs so until the manifest is applied again.
async fn of_stack(
    call: &Call<'_>,
    all: &Snapshot,
    named: &Named,
    wanted: &Wanted,
) -> Result<ResourceChange, AwsError> {
    code::refuse_declared(wanted, &named.function)?;
    let described = call.backing.functions.describe(&named.function, &Qualifier::LATEST).await;
    let missing = || no_function(&call.backing.account, &named.function);
    let described = described.ok_or_else(missing)?;
    let details = configuration::own(&described);
    let mut made = MadeFunction { function: Box::new((*described.function).clone()), details };
    code::set(&mut made, wanted, call.backing.clock.timestamp())?;
    code::check_start(call, &made).await?;
    let known = all.get::<FunctionConfiguration>(&named.function).cloned();
    let known = known.unwrap_or_else(|| FunctionConfiguration::new(named.function.clone()));
    Ok(ResourceChange::Keep(code::configured(known, wanted, &made).into()))
}

impl RestAction for UpdateFunctionConfiguration {
    const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration");
}
