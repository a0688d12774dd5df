//! What a message carries beside its body and group, as it is kept.

use model::{Arn, AttributeValue};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deduplication: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
    /// The queue that gave it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letter_of: Option<Arn>,
    /// How often it was received from the queues that gave it up.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) received_elsewhere: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attributes: Vec<(String, AttributeValue)>,
}

impl Extras {
    /// `None` of nothing.
    pub(crate) fn write(&self) -> Option<Box<str>> {
        if *self == Self::default() {
            return None;
        }
        // Names and texts alone: nothing that JSON cannot say.
        serde_json::to_string(self).ok().map(String::into_boxed_str)
    }

    /// What another version wrote and this one cannot read is left out.
    pub(crate) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
