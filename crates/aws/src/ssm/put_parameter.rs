//! `PutParameter`: makes a parameter, or a new version of one.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

use model::{ParameterVersion, ResourceChange, StoredKind, StoredParameter};
use serde::{Deserialize, Serialize};

use super::add_tags_to_resource::{Tag, add};
use super::errors::{self, Refusal};
use super::filter::KEY_ID;
use super::name;
use super::parameter::DATA_TYPE;
use crate::action::Action;
use crate::call::Call;
use crate::constraint;
use crate::control::edit;
use crate::error::AwsError;

const MOST_BYTES: usize = 4096;
const MOST_BYTES_ADVANCED: usize = 8192;

pub(super) struct PutParameter;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    value: String,
    description: Option<String>,
    r#type: Option<String>,
    key_id: Option<String>,
    overwrite: Option<bool>,
    allowed_pattern: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    tier: Option<Tier>,
    policies: Option<String>,
    data_type: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Tier {
    Standard,
    Advanced,
    #[serde(rename = "Intelligent-Tiering")]
    Intelligent,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    version: u64,
    tier: &'static str,
}

impl Action for PutParameter {
    const NAME: &'static str = "PutParameter";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        check(&input)?;
        let version = edit(&*call.backing.control, |seen| -> Result<_, Refusal> {
            let before = seen.get::<StoredParameter>(&input.name);
            let parameter = put(&input, before, call)?;
            let number = parameter.latest().number;
            Ok((vec![ResourceChange::Keep(parameter.into())], number))
        });
        let version = version.await.map_err(|Refusal(error)| error)?;
        let tier = if is_advanced(&input) { "Advanced" } else { "Standard" };
        Ok(Output { version, tier })
    }
}

/// What is wrong whatever there is.
fn check(input: &Input) -> Result<(), AwsError> {
    name::check(&input.name)?;
    let most = match input.tier {
        None | Some(Tier::Standard) => MOST_BYTES,
        Some(Tier::Advanced | Tier::Intelligent) => MOST_BYTES_ADVANCED,
    };
    if let Some(given) = input.r#type.as_deref().filter(|given| kind(given).is_none()) {
        let all = "[SecureString, StringList, String]";
        return Err(constraint::not_in(given, "type", all));
    }
    let nested = input.value.split_once("{{").is_some_and(|(_, behind)| behind.contains("}}"));
    if nested {
        return Err(errors::invalid(
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
        ));
    }
    if input.value.is_empty() {
        return Err(errors::invalid("A parameter's value must not be empty."));
    }
    if input.value.len() > most {
        return Err(errors::invalid(format!(
            "A parameter of this tier has a value of at most {most} characters. A larger one needs \
             the tier Advanced, which takes {MOST_BYTES_ADVANCED}."
        )));
    }
    if input.policies.as_deref().is_some_and(|policies| !matches!(policies, "" | "[]" | "[{}]")) {
        return Err(errors::invalid("Parameter policies are not supported by this server."));
    }
    if input.data_type.as_deref().is_some_and(|data_type| data_type != DATA_TYPE) {
        return Err(errors::invalid("The only data type that this server supports is text."));
    }
    if let Some(key) = input.key_id.as_deref().filter(|key| *key != KEY_ID) {
        let message = format!("This server has one key, {KEY_ID}, and not {key}.");
        return Err(AwsError::bad("InvalidKeyId", message));
    }
    if input.overwrite == Some(true) && !input.tags.is_empty() {
        return Err(errors::invalid(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with \
             tags, please remove overwrite flag. To update tags for an existing parameter, please \
             use AddTagsToResource or RemoveTagsFromResource.",
        ));
    }
    matches_pattern(input)
}

fn kind(text: &str) -> Option<StoredKind> {
    let all = [StoredKind::String, StoredKind::StringList, StoredKind::SecureString];
    all.into_iter().find(|kind| kind.as_str() == text)
}

fn matches_pattern(input: &Input) -> Result<(), AwsError> {
    let Some(pattern) = &input.allowed_pattern else { return Ok(()) };
    let whole = regex::Regex::new(&format!("^(?:{pattern})$"));
    let whole = whole.map_err(|_| {
        let message = format!("{pattern} is not a regular expression.");
        AwsError::bad("InvalidAllowedPatternException", message)
    })?;
    if whole.is_match(&input.value) {
        return Ok(());
    }
    let message = format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
    Err(AwsError::bad("ParameterPatternMismatchException", message))
}

/// The parameter as it is to be.
fn put(
    input: &Input,
    before: Option<&StoredParameter>,
    call: &Call<'_>,
) -> Result<StoredParameter, AwsError> {
    let given = input.r#type.as_deref().and_then(kind);
    let Some(before) = before else {
        let kind = given.ok_or_else(|| {
            errors::invalid("A parameter type is required when you create a parameter.")
        })?;
        let mut parameter = StoredParameter {
            name: input.name.clone(),
            kind,
            versions: vec![version(input, kind, 1, call)],
            tags: std::collections::BTreeMap::new(),
        };
        add(&mut parameter.tags, &input.tags)?;
        return Ok(parameter);
    };
    if input.overwrite != Some(true) {
        return Err(AwsError::bad(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the \
             request to true.",
        ));
    }
    if given.is_some_and(|kind| kind != before.kind) {
        let message = format!("{} is a {}, and stays one.", before.name, before.kind.as_str());
        return Err(AwsError::bad("HierarchyTypeMismatchException", message));
    }
    let mut parameter = before.clone();
    let number = before.latest().number + 1;
    parameter.set(version(input, before.kind, number, call));
    Ok(parameter)
}

fn version(input: &Input, kind: StoredKind, number: u64, call: &Call<'_>) -> ParameterVersion {
    let value = match kind {
        StoredKind::SecureString => call.backing.seal.seal(&input.value, &input.name),
        StoredKind::String | StoredKind::StringList => input.value.clone(),
    };
    ParameterVersion {
        number,
        value,
        set: call.backing.clock.timestamp(),
        description: input.description.clone(),
        allowed_pattern: input.allowed_pattern.clone(),
        is_advanced: is_advanced(input),
    }
}

fn is_advanced(input: &Input) -> bool {
    match input.tier {
        None | Some(Tier::Standard) => false,
        Some(Tier::Advanced) => true,
        Some(Tier::Intelligent) => input.value.len() > MOST_BYTES,
    }
}
