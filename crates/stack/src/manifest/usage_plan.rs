//! Usage plans and API keys as they are written.

use model::{ApiName, Day, KeyText, KeyTextProblem, UsagePlanName};
use serde_json::{Value as Json, json};

use super::limit::MOST_SLOTS;
use super::quota::{Quota, ZoneName};
use super::text::Stage;
use super::{Name, PathText, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::{
    Definitions, Map, Millis, OneOrMany, Permits, Refused, Shape, Slot, Spanned, Text, Whole,
    or_substitution, record, text_shape,
};

record! {
    /// What each API key of the plan may do.
    UsagePlan is "a usage plan" {
        /// The APIs where the plan is good.
        required apis: OneOrMany<PlanApi>;
        /// Requests of one key over time, at all of the plan's APIs together: `10/s`.
        optional rate: Spanned<Permits>;
        /// With `rate`: how many at once; as many as the rate has when not given.
        optional burst: Spanned<Whole<1, { u32::MAX as u64 }>>;
        /// Requests of one key in each day, week or month: `10000/month`.
        optional quota: Spanned<Quota>;
        /// With `quota`: the time zone whose midnight ends it. UTC when not given.
        optional zone: Spanned<ZoneName>;
        /// Requests of one key under way at once.
        optional concurrency: Spanned<Whole<1, MOST_SLOTS>>;
    }
}

record! {
    /// An API where a usage plan is good.
    PlanApi is "an API of a usage plan" or just "api" {
        /// The API's name.
        required api: Spanned<Name<ApiName>>;
        /// The API's stage, to be sure that it is meant.
        optional stage: Spanned<Stage>;
        /// Rates of single routes instead of the plan's own, by route key.
        optional routes: Map<RouteKey, PlanRate>;
    }
}

record! {
    /// The rate of one route under a usage plan.
    PlanRate is "a rate of a usage plan" or just "rate" {
        /// Requests of one key over time: `1/s`.
        required rate: Spanned<Permits>;
        /// How many at once; as many as the rate has when not given.
        optional burst: Spanned<Whole<1, { u32::MAX as u64 }>>;
    }
}

record! {
    /// An API key. Without a value, `tidegate keys rotate` makes one and shows it once.
    Key is "an API key" {
        /// The usage plans it belongs to; at most one for each API.
        required plans: OneOrMany<Spanned<Name<UsagePlanName>>>;
        /// Its value: `${env:NAME}` or `${param:name}`, since secrets are not written down here.
        optional value: Spanned<KeyValue>;
        /// A file with its value, relative to the manifest.
        optional value_file: Spanned<PathText>;
        /// How long the value before stays good when another is given.
        defaulted overlap: Millis<0, 31_622_400_000> = "0s";
        /// The day, by UTC, from which on it is refused: `2027-01-31`.
        optional expires: Spanned<ExpiryDay>;
        /// `false` closes it with each reload; `true` leaves that to operators.
        defaulted enabled: bool = "true";
    }
}

/// A key's value, from outside.
#[derive(Debug, Clone)]
pub(crate) struct KeyValue(pub(crate) KeyText);

impl Shape for KeyValue {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a value from outside such as `${env:NAME}`", problems)?;
        // Never with the value: it may be a good one in the wrong place.
        let problem =
            |message: String| Problem::new(Code::KeyValue, message).at(slot.node.span, "");
        if scalar.written.is_none() {
            let message = "the value of a key is a secret, and is not written into the manifest";
            let help = "write `${env:NAME}`, or name a file: `value_file: ...`";
            problems.push(problem(message.to_owned()).help(help));
            return None;
        }
        match KeyText::parse(&scalar.text) {
            Ok(text) => Some(Self(text)),
            Err(unfit) => {
                problems.push(problem(unfit.to_string()).help(help_for(unfit)));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        or_substitution(&json!(false), definitions);
        json!({ "$ref": "#/$defs/substitution" })
    }
}

/// The way out for a value that is none.
pub(crate) fn help_for(problem: KeyTextProblem) -> &'static str {
    match problem {
        KeyTextProblem::TooShort(_) => {
            "give a longer one, or none: `tidegate keys rotate` makes one of 40"
        }
        KeyTextProblem::TooLong(_) => "give a shorter one",
        KeyTextProblem::Character => "use letters, digits and punctuation",
    }
}

/// The first day on which a key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExpiryDay(pub(crate) Day);

impl Text for ExpiryDay {
    const WHAT: &'static str = "a day such as `2027-01-31`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused = || {
            Refused::new(Code::UnknownValue, "is no day")
                .help("write year, month and day: `2027-01-31`")
        };
        let day: Day = text.parse().map_err(|_| refused())?;
        if day < Day(0) { Err(refused()) } else { Ok(Self(day)) }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "format": "date" })
    }
}

text_shape!(ExpiryDay);
