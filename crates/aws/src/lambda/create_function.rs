//! `CreateFunction`: a function from a zip.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use model::{FunctionName, FunctionSettings, MadeFunction, ResourceChange, Snapshot};
use serde::Deserialize;

use super::code::{Wanted, Zip};
use super::configuration::Configuration;
use super::named::Named;
use super::publish_version;
use super::tags::{self, Tags};
use super::{code, configuration, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct CreateFunction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    code: Zip,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    tags: Tags,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Action for CreateFunction {
    const NAME: &'static str = "CreateFunction";
    type Input<'a> = Input;
    type Output = Configuration;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configuration, AwsError> {
        let name = code::name(&input.function_name, &call.backing.account)?;
        check_new(call, &call.backing.control.resources(), &name)?;
        code::check_mandatory(&input.wanted, &input.code)?;
        let mut settings = FunctionSettings::new(name.clone());
        tags::add(&mut settings.tags, &input.tags)?;
        let dead_letters = code::dead_letters(&input.wanted)?.flatten();
        let kept = code::keep(call, &name, &input.code).await?;
        let mut made = code::new(name.clone(), &kept);
        code::set(&mut made, &input.wanted, call.backing.clock.timestamp())?;
        code::check(call, &made).await?;
        settings.dead_letters = dead_letters;
        let mut changes = vec![ResourceChange::Keep(made.into())];
        if !settings.is_empty() {
            changes.push(ResourceChange::Keep(settings.into()));
        }
        let created = edit(&*call.backing.control, problem::refused, |all| {
            check_new(call, all, &name)?;
            Ok((changes.clone(), ()))
        });
        created.await?;
        let named = Named { function: name, given: None };
        if input.publish {
            return publish_version::publish(call, &named, &Default::default()).await;
        }
        configuration::of(call, &named).await
    }
}

/// Its code takes time to keep and to try: somebody else may have been faster by then.
fn check_new(call: &Call<'_>, all: &Snapshot, name: &FunctionName) -> Result<(), AwsError> {
    let is_there =
        call.backing.catalogue.has_function(name) || all.get::<MadeFunction>(name).is_some();
    match is_there {
        true => Err(problem::conflict(format!("Function already exist: {name}"))),
        false => Ok(()),
    }
}

impl RestAction for CreateFunction {
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions");
    const STATUS: u16 = 201;
}
