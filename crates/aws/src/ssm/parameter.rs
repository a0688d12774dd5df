//! A parameter as it is given back.

use model::{ParameterVersion, StoredKind, StoredParameter, Timestamp};
use serde::Serialize;

use super::errors;
use super::name::Found;
use crate::call::Call;
use crate::error::AwsError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameter {
    name: String,
    r#type: &'static str,
    value: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    last_modified_date: f64,
    #[serde(rename = "ARN")]
    arn: String,
    data_type: &'static str,
}

/// Whether a secret is given as it is kept, or as it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    Sealed,
    Open,
}

impl Secrets {
    /// `WithDecryption`.
    pub(super) fn asked(with_decryption: Option<bool>) -> Self {
        if with_decryption == Some(true) { Self::Open } else { Self::Sealed }
    }

    pub(super) fn value(
        self,
        parameter: &StoredParameter,
        version: &ParameterVersion,
        call: &Call<'_>,
    ) -> Result<String, AwsError> {
        if parameter.kind != StoredKind::SecureString || self == Self::Sealed {
            return Ok(version.value.clone());
        }
        let opened = call.backing.seal.open(&version.value, &parameter.name);
        opened.ok_or_else(|| errors::sealed(&parameter.name))
    }
}

impl Parameter {
    pub(super) fn of(
        found: &Found<'_>,
        secrets: Secrets,
        call: &Call<'_>,
    ) -> Result<Self, AwsError> {
        let Found { parameter, version, selector } = found;
        Ok(Self {
            name: parameter.name.clone(),
            r#type: parameter.kind.as_str(),
            value: secrets.value(parameter, version, call)?,
            version: version.number,
            selector: selector.clone(),
            last_modified_date: seconds(version.set),
            arn: parameter.arn(&call.backing.account).to_string(),
            data_type: DATA_TYPE,
        })
    }

    pub(super) fn latest(
        parameter: &StoredParameter,
        secrets: Secrets,
        call: &Call<'_>,
    ) -> Result<Self, AwsError> {
        let found = Found { parameter, version: parameter.latest(), selector: None };
        Self::of(&found, secrets, call)
    }
}

pub(super) const DATA_TYPE: &str = "text";

/// JSON services write times as seconds since 1970.
pub(super) fn seconds(at: Timestamp) -> f64 {
    at.0 as f64 / 1000.0
}

pub(super) fn tier(version: &ParameterVersion) -> &'static str {
    if version.is_advanced { "Advanced" } else { "Standard" }
}
