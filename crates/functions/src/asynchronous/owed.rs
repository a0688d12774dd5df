//! What a finished invocation still owes to its destination and its dead-letter queue.

use std::fmt;

use bytes::Bytes;
use model::{Arn, AttributeValue, Deliver, DeliverError, Delivery, MessageOptions, Target};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::record;

/// One thing to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) to: Arn,
    pub(super) body: String,
    pub(super) options: MessageOptions,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Destination,
    DeadLetter,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Destination => "record",
            Self::DeadLetter => "dead letter",
        })
    }
}

/// As the store keeps it.
#[derive(Serialize, Deserialize)]
struct Written {
    to: Arn,
    body: String,
    attributes: Vec<(String, AttributeValue)>,
    kind: Kind,
}

pub(super) fn write<'a>(parcels: impl IntoIterator<Item = &'a Parcel>) -> Vec<u8> {
    let written: Vec<Written> = parcels
        .into_iter()
        .map(|parcel| Written {
            to: parcel.to.clone(),
            body: parcel.body.clone(),
            attributes: parcel.options.attributes.clone(),
            kind: parcel.kind,
        })
        .collect();
    serde_json::to_vec(&written).unwrap_or_default()
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Parcel>, serde_json::Error> {
    let written: Vec<Written> = serde_json::from_slice(bytes)?;
    let parcel = |Written { to, body, attributes, kind }: Written| Parcel {
        to,
        body,
        options: MessageOptions { attributes, ..MessageOptions::default() },
        kind,
    };
    Ok(written.into_iter().map(parcel).collect())
}

/// What came of handing things over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Handed {
    /// May be taken later, and why they were not now.
    pub(super) left: Vec<(Parcel, DeliverError)>,
    /// Nobody will ever take them.
    pub(super) lost: usize,
}

pub(super) async fn hand_over(parcels: Vec<Parcel>, source: &Arn, deliver: &dyn Deliver) -> Handed {
    let mut handed = Handed::default();
    for parcel in parcels {
        match hand(&parcel, source, deliver).await {
            Ok(()) => {}
            Err(error) if may_be_taken_later(&error) => handed.left.push((parcel, error)),
            Err(error) => {
                say_lost(&parcel, source, &error);
                handed.lost += 1;
            }
        }
    }
    handed
}

/// Whoever is missing may be there again before long.
fn may_be_taken_later(error: &DeliverError) -> bool {
    error.may_be_retried() || matches!(error, DeliverError::NotFound(_))
}

pub(super) fn say_lost(parcel: &Parcel, source: &Arn, error: &DeliverError) {
    let Parcel { to, kind, .. } = parcel;
    warn!(%source, %to, %error, "the {kind} of {source} was not delivered and is given up");
}

pub(super) fn say_waiting(parcel: &Parcel, source: &Arn, error: &DeliverError) {
    let Parcel { to, kind, .. } = parcel;
    warn!(%source, %to, %error, "the {kind} of {source} was not delivered and is offered again");
}

async fn hand(parcel: &Parcel, source: &Arn, deliver: &dyn Deliver) -> Result<(), DeliverError> {
    let target = if parcel.to.is_event_bus() {
        record::on_the_bus(parcel)
    } else {
        Target::of(&parcel.to, parcel.options.clone())
    };
    let refused = || DeliverError::Refused(format!("{} takes no events", parcel.to));
    let target = target.ok_or_else(refused)?;
    let payload = Bytes::copy_from_slice(parcel.body.as_bytes());
    let delivery = Delivery { target, source: source.clone(), payload, trace: None };
    deliver.deliver(delivery).await.map(drop)
}

#[cfg(test)]
mod tests {
    use model::{Account, AttributeData};

    use super::*;

    #[test]
    fn what_is_owed_survives_the_store() {
        let value = AttributeValue {
            data_type: "Number".to_owned(),
            value: AttributeData::Text("200".to_owned()),
        };
        let attributes = vec![("ErrorCode".to_owned(), value)];
        let parcels = vec![Parcel {
            to: Account::default().arn("sqs", "dead"),
            body: "{\"a\":\"é\"}".to_owned(),
            options: MessageOptions { attributes, ..MessageOptions::default() },
            kind: Kind::DeadLetter,
        }];
        assert_eq!(read(&write(&parcels)).expect("readable"), parcels);
    }
}
