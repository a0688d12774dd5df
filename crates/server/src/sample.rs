//! Sample events of the usual sources: what a function gets when nothing sent anything. Where the
//! server makes such events itself, the same code makes these; the others have the shapes that AWS
//! documents.

mod api;
mod authorizer;
mod balancer;
mod bus;
mod mail;
mod message;
mod object;
mod stream;

use std::collections::BTreeMap;

use model::{Account, RequestId, Timestamp};

/// One kind of event of one source.
#[derive(Debug)]
pub struct Sample {
    /// `s3`.
    pub source: &'static str,
    /// `put`.
    pub kind: &'static str,
    pub about: &'static str,
    pub flags: &'static [Flag],
    make: fn(&Given<'_>) -> Result<String, SampleProblem>,
}

/// What may be chosen about an event.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    pub name: &'static str,
    pub about: &'static str,
    /// Empty for what is absent unless given.
    pub default: &'static str,
    /// Whether it may be given more than once.
    pub many: bool,
}

/// Why there is no event of these values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{flag} {value}: {reason}")]
pub struct SampleProblem {
    pub flag: &'static str,
    pub value: String,
    pub reason: String,
}

/// What was chosen, by flag.
pub type Chosen = BTreeMap<&'static str, Vec<String>>;

/// What an event is made of.
struct Given<'a> {
    chosen: &'a Chosen,
    flags: &'static [Flag],
    account: Account,
    now: Timestamp,
    random: u128,
}

/// Every event that can be made, those of one source together.
pub const SAMPLES: &[Sample] = &[
    api::REST,
    api::HTTP,
    api::HTTP_V1,
    authorizer::TOKEN,
    authorizer::REQUEST,
    balancer::REQUEST,
    bus::CLOUDWATCH,
    stream::DYNAMODB,
    bus::EVENT,
    bus::RULE,
    bus::SCHEDULE,
    stream::KINESIS,
    object::PUT,
    object::DELETE,
    mail::RECEIVED,
    message::TOPIC,
    message::QUEUE,
];

impl Sample {
    /// The event as JSON. `random` makes its ids.
    pub fn event(
        &self,
        chosen: &Chosen,
        account: &Account,
        now: Timestamp,
        random: u128,
    ) -> Result<String, SampleProblem> {
        let mut account = account.clone();
        if let Some(region) = chosen.get("region").and_then(|given| given.last()) {
            account.region = region.as_str().into();
        }
        (self.make)(&Given { chosen, flags: self.flags, account, now, random })
    }
}

/// One value, with what it is without being given.
const fn flag(name: &'static str, about: &'static str, default: &'static str) -> Flag {
    Flag { name, about, default, many: false }
}

const REGION: Flag = flag("region", "The region it comes from", "us-east-1");

impl<'a> Given<'a> {
    /// The value of a flag; its default, or nothing.
    fn text(&self, name: &str) -> &'a str {
        let given = self.chosen.get(name).and_then(|given| given.last());
        let default =
            || self.flags.iter().find(|flag| flag.name == name).map_or("", |it| it.default);
        given.map_or_else(default, String::as_str)
    }

    fn optional(&self, name: &str) -> Option<&'a str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn all(&self, name: &str) -> &'a [String] {
        self.chosen.get(name).map_or(&[], Vec::as_slice)
    }

    /// A UUID, another one for each number.
    fn id(&self, nth: u32) -> String {
        RequestId::from_random(self.random.rotate_left(nth * 29)).to_string()
    }

    /// `2026-11-21T12:00:00.123Z`.
    fn time(&self) -> String {
        self.now.to_string()
    }

    /// Lower-case hexadecimal digits, at most 32.
    fn hex(&self, digits: usize) -> String {
        let mut text = format!("{:032x}", self.random);
        text.truncate(digits);
        text
    }

    fn problem(&self, flag: &'static str, reason: impl Into<String>) -> SampleProblem {
        SampleProblem { flag, value: self.text(flag).to_owned(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests;
