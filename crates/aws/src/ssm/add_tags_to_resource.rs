//! `AddTagsToResource`: adds tags to a parameter.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html>

use std::collections::BTreeMap;

use model::{ResourceChange, StoredParameter};
use serde::{Deserialize, Serialize};

use super::Done;
use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::tag;

const MOST: usize = 50;

pub(super) struct AddTagsToResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_type: String,
    resource_id: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

impl Action for AddTagsToResource {
    const NAME: &'static str = "AddTagsToResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        check_type(&input.resource_type)?;
        change(call, &input.resource_id, |tags| add(tags, &input.tags)).await
    }
}

/// One with the same key is replaced.
pub(super) fn add(tags: &mut BTreeMap<String, String>, added: &[Tag]) -> Result<(), AwsError> {
    for Tag { key, value } in added {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(errors::invalid(format!(
                "The tag {key} is not right: keys have 1 to 128 characters, values at most 256."
            )));
        }
        if tag::is_reserved(key) {
            return Err(errors::invalid(tag::RESERVED));
        }
        tags.insert(key.clone(), value.clone());
    }
    if tags.len() > MOST {
        let message = format!("A parameter has at most {MOST} tags.");
        return Err(AwsError::bad("TooManyTagsError", message));
    }
    Ok(())
}

pub(super) fn check_type(resource_type: &str) -> Result<(), AwsError> {
    if resource_type == "Parameter" {
        return Ok(());
    }
    let message = format!("{resource_type} is not supported; the only resource type is Parameter.");
    Err(AwsError::bad("InvalidResourceType", message))
}

pub(super) fn not_found(id: &str) -> AwsError {
    AwsError::bad("InvalidResourceId", format!("There is no parameter {id}."))
}

/// Changes the tags of a parameter, which keeps its version.
pub(super) async fn change(
    call: &Call<'_>,
    id: &str,
    mut by: impl FnMut(&mut BTreeMap<String, String>) -> Result<(), AwsError>,
) -> Result<Done, AwsError> {
    let edited = edit(&*call.backing.control, errors::refused, |seen| {
        let there = seen.get::<StoredParameter>(id).ok_or_else(|| not_found(id))?;
        let mut parameter = there.clone();
        by(&mut parameter.tags)?;
        Ok((vec![ResourceChange::Keep(parameter.into())], Done {}))
    });
    edited.await
}
