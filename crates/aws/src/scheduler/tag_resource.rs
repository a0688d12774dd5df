//! `TagResource`: adds tags to a group of schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html>

use std::collections::BTreeMap;

use model::{ResourceChange, ScheduleGroup};
use serde::Deserialize;

use super::{Done, errors, group};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::events::tags::{self, Tag};
use crate::protocol::Route;

pub(super) struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    tags: Vec<Tag>,
}

impl Action for TagResource {
    const NAME: &'static str = "TagResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let mut added = BTreeMap::new();
        tags::add(&mut added, input.tags)?;
        change(call, &input.resource_arn, |tags| tags::add(tags, tags::list(&added))).await
    }
}

impl RestAction for TagResource {
    const ROUTE: Route = Route::new("POST", "/tags/{ResourceArn}");
}

/// Changes the tags of the group that the ARN names.
pub(super) async fn change(
    call: &Call<'_>,
    arn: &str,
    decide: impl Fn(&mut BTreeMap<String, String>) -> Result<(), AwsError>,
) -> Result<Done, AwsError> {
    let name = group::of_arn(arn, &call.backing.account)?;
    let changed = edit(&*call.backing.control, errors::refused, |seen| {
        let (there, _) = group::find(seen, &name)?;
        let mut changed: ScheduleGroup = there.clone();
        decide(&mut changed.tags)?;
        let is_same = changed == *there;
        let changes = if is_same { Vec::new() } else { vec![ResourceChange::Keep(changed.into())] };
        Ok((changes, Done {}))
    });
    changed.await
}
