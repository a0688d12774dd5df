//! An entry of `PutEvents`, and the event that becomes of it.

use model::{Account, RequestId, Timestamp};
use serde_json::{Value, json};

use crate::schedule::firing::seconds;

/// The most entries of one call.
pub const MOST_ENTRIES: usize = 10;

/// The most bytes of one call's entries.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
pub const MOST_BYTES: usize = 1_048_576;

/// The most characters of a detail type.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
const LONGEST_DETAIL_TYPE: usize = 128;

/// As it was sent; what AWS requires may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub source: Option<String>,
    pub detail_type: Option<String>,
    /// JSON.
    pub detail: Option<String>,
    pub resources: Vec<String>,
    pub time: Option<Timestamp>,
    /// The bus that it goes to, where that is none of this server's: it is taken, and nobody gets it.
    pub unknown_bus: Option<String>,
}

/// Why an entry was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    #[error("Parameter {0} is not valid. Reason: {0} is a required argument.")]
    Missing(&'static str),
    #[error("Parameter {name} is not valid. Reason: it has more than {most} characters.")]
    TooLong { name: &'static str, most: usize },
    #[error("Detail is malformed.")]
    MalformedDetail,
    #[error("Not authorized for the source.")]
    Reserved,
}

impl Entry {
    /// As AWS counts it: 14 for a time, and the bytes of the texts.
    pub fn size(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let time = if self.time.is_some() { 14 } else { 0 };
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + text(&self.source) + text(&self.detail_type) + text(&self.detail) + resources
    }

    /// What its targets get.
    pub fn event(
        &self,
        account: &Account,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Value, EntryProblem> {
        let required = |text: &Option<String>, name| {
            text.clone().filter(|text| !text.is_empty()).ok_or(EntryProblem::Missing(name))
        };
        let source = required(&self.source, "Source")?;
        let detail_type = required(&self.detail_type, "DetailType")?;
        let detail = required(&self.detail, "Detail")?;
        if detail_type.chars().count() > LONGEST_DETAIL_TYPE {
            return Err(EntryProblem::TooLong { name: "DetailType", most: LONGEST_DETAIL_TYPE });
        }
        if source.starts_with("aws.") {
            return Err(EntryProblem::Reserved);
        }
        let detail: Value =
            serde_json::from_str(&detail).map_err(|_| EntryProblem::MalformedDetail)?;
        if !detail.is_object() {
            return Err(EntryProblem::MalformedDetail);
        }
        Ok(json!({
            "version": "0",
            "id": id.as_str(),
            "detail-type": detail_type,
            "source": source,
            "account": &*account.id,
            "time": seconds(self.time.unwrap_or(now)),
            "region": &*account.region,
            "resources": self.resources,
            "detail": detail,
        }))
    }
}
