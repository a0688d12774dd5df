//! `PutParameter`: makes a parameter, or a new version of one.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

use model::{ParameterVersion, ResourceChange, StoredKind, StoredParameter};
use serde::{Deserialize, Serialize};

use super::add_tags_to_resource::{Tag, add};
use super::errors;
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
/// Of a description, and of a pattern.
const MOST_CHARACTERS: usize = 1024;

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
        let put = edit(&*call.backing.control, errors::refused, |seen| {
            let before = seen.get::<StoredParameter>(&input.name);
            let parameter = put(&input, before, call)?;
            let latest = (parameter.latest().number, parameter.latest().is_advanced);
            Ok((vec![ResourceChange::Keep(parameter.into())], latest))
        });
        let (version, is_advanced) = put.await?;
        let tier = if is_advanced { "Advanced" } else { "Standard" };
        Ok(Output { version, tier })
    }
}

/// What is wrong whatever there is.
fn check(input: &Input) -> Result<(), AwsError> {
    name::check(&input.name)?;
    let mut broken = constraint::Broken::default();
    let texts = [("description", &input.description), ("allowedPattern", &input.allowed_pattern)];
    for (member, text) in texts {
        broken.at_most(text.as_deref().unwrap_or_default(), member, MOST_CHARACTERS);
    }
    broken.refuse()?;
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
        let is_advanced = is_advanced(input, false)?;
        let kind = given.ok_or_else(|| {
            errors::invalid("A parameter type is required when you create a parameter.")
        })?;
        let mut parameter = StoredParameter {
            name: input.name.clone(),
            kind,
            versions: vec![version(input, kind, 1, is_advanced, call)],
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
    let is_advanced = is_advanced(input, before.latest().is_advanced)?;
    let mut parameter = before.clone();
    let number = before.latest().number + 1;
    parameter.set(version(input, before.kind, number, is_advanced, call));
    Ok(parameter)
}

fn version(
    input: &Input,
    kind: StoredKind,
    number: u64,
    is_advanced: bool,
    call: &Call<'_>,
) -> ParameterVersion {
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
        is_advanced,
    }
}

/// Whether the parameter is of the tier Advanced from now on, which it never leaves.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
fn is_advanced(input: &Input, was_advanced: bool) -> Result<bool, AwsError> {
    let is_advanced = match input.tier {
        Some(Tier::Standard) if was_advanced => {
            return Err(errors::invalid(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter \
                 from the advanced-parameter tier to the standard-parameter tier. If necessary, you \
                 can delete the advanced parameter and recreate it as a standard parameter. Be \
                 aware that standard parameters have a value limit of 4096 characters.",
            ));
        }
        None | Some(Tier::Standard) => was_advanced,
        Some(Tier::Advanced) => true,
        Some(Tier::Intelligent) => was_advanced || input.value.len() > MOST_BYTES,
    };
    let most = if is_advanced { MOST_BYTES_ADVANCED } else { MOST_BYTES };
    if input.value.len() <= most {
        return Ok(is_advanced);
    }
    Err(errors::invalid(format!(
        "A parameter of this tier has a value of at most {most} characters. A larger one needs \
         the tier Advanced, which takes {MOST_BYTES_ADVANCED}."
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tier(tier: Option<&str>, bytes: usize, was_advanced: bool) -> Option<bool> {
        let input = json!({ "Name": "/p", "Value": "x".repeat(bytes), "Tier": tier });
        let input: Input = serde_json::from_value(input).expect("an input");
        is_advanced(&input, was_advanced).ok()
    }

    #[test]
    fn an_advanced_parameter_stays_one() {
        for asked in [None, Some("Advanced"), Some("Intelligent-Tiering")] {
            assert_eq!(tier(asked, 1, true), Some(true), "{asked:?}");
            assert_eq!(tier(asked, 8192, true), Some(true), "{asked:?}");
        }
        assert_eq!(tier(Some("Standard"), 1, true), None);
    }

    #[test]
    fn a_standard_parameter_becomes_an_advanced_one_where_that_is_asked_for() {
        for (asked, short, long) in [
            (None, Some(false), None),
            (Some("Standard"), Some(false), None),
            (Some("Advanced"), Some(true), Some(true)),
            (Some("Intelligent-Tiering"), Some(false), Some(true)),
        ] {
            assert_eq!(tier(asked, 4096, false), short, "{asked:?}");
            assert_eq!(tier(asked, 4097, false), long, "{asked:?}");
            assert_eq!(tier(asked, 8193, false), None, "{asked:?}");
        }
    }
}
