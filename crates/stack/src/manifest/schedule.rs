//! Schedules and event rules as they are written.

use model::schedule::Dialect;
use model::{Missed, ScheduleExpression, Timestamp};
use serde_json::{Value as Json, json};

use super::queue::TagName;
use super::quota::ZoneName;
use super::sequence::JsonText;
use super::target::Target;
use crate::problem::Code;
use crate::shape::{
    Filled, Map, OneOrMany, Refused, Seconds, Spanned, Text, choice, record, text_shape,
};

record! {
    /// What is started at certain times: one of `rate`, `cron` and `at` says when.
    Schedule is "a schedule" {
        /// Again and again: `5 minutes`, `1 hour`, `7 days`.
        optional rate: Spanned<Filled>;
        /// Six fields: minutes, hours, day of the month, month, day of the week, year: `0 8 ? * MON-FRI *`.
        optional cron: Spanned<Filled>;
        /// Once: `2030-01-31T12:00:00`.
        optional at: Spanned<Filled>;
        /// The time zone that `cron` and `at` are in.
        defaulted zone: ZoneName = "UTC";
        /// Nothing is due before this time, in UTC: `2030-01-31T12:00:00Z`.
        optional start: Spanned<Instant>;
        /// Nothing is due after this time, in UTC.
        optional end: Spanned<Instant>;
        /// Each run comes at a moment of its own within this time after it is due.
        defaulted window: Seconds<0, 86_400> = "0s";
        /// What happens about due times that passed while the server was down.
        defaulted missed: Missed = "once";
        /// What is started.
        required targets: OneOrMany<Target>;
        /// Whether it runs at all.
        defaulted enabled: bool = "true";
        /// Tells people what it is for.
        optional description: String;
    }
}

record! {
    /// Which events of the default event bus go where: those that match its pattern, and those that its own
    /// clock makes. A schedule has more ways to say when.
    EventRule is "an event rule" {
        /// An event pattern as in Amazon EventBridge: `{ source: [shop], detail: { total: [{ numeric: [">", 100] }] } }`.
        optional pattern: JsonText;
        /// An event of `aws.events` again and again, first after this time: `5 minutes`, `1 hour`, `7 days`.
        optional rate: Spanned<Filled>;
        /// An event of `aws.events` at these times, in UTC; the six fields of a schedule.
        optional cron: Spanned<Filled>;
        /// Where they go.
        required targets: OneOrMany<Target, 5>;
        /// Whether it does anything.
        defaulted enabled: bool = "true";
        /// Tells people what it is for.
        optional description: String;
        /// Texts that people and tools sort rules by.
        optional tags: Map<TagName, String>;
    }
}

choice!(Missed: "a policy for missed times" {
    /// Nothing happens.
    "skip" => Missed::Skip,
    /// The latest of them is run.
    "once" => Missed::Once,
    /// Each of them is run, the oldest first.
    "all" => Missed::All,
});

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Text for Instant {
    const WHAT: &'static str = "a time such as `2030-01-31T12:00:00Z`";

    fn parse(text: &str) -> Result<Self, Refused> {
        Timestamp::parse(text).map(Self).ok_or_else(|| {
            Refused::new(Code::Schedule, "is not a time in UTC")
                .help("write date and time as in `2030-01-31T12:00:00Z`")
        })
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "format": "date-time" })
    }
}

text_shape!(Instant);

/// When the keys of a schedule say that it is due.
pub(crate) fn expression(
    kind: &str,
    text: &str,
    dialect: Dialect,
) -> Result<ScheduleExpression, Refused> {
    ScheduleExpression::parse(&format!("{kind}({text})"), dialect).map_err(|problem| {
        let told = problem.to_string();
        let (what, help) = told.split_once("; ").unwrap_or((&told, ""));
        let refused = Refused::new(Code::Schedule, what);
        if help.is_empty() { refused } else { refused.help(help) }
    })
}
