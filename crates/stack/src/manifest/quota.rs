//! Quotas and shares as they are written: `1000/day`, `25%`.

use model::limit::{Period, Zone};
use serde_json::{Value as Json, json};

use super::limit::MOST_COUNTED;
use crate::problem::Code;
use crate::shape::{Refused, Text, read_span, read_whole, text_shape};

/// So many requests in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: u64,
    pub(crate) period: Period,
}

const HELP: &str =
    "write a whole number, `/`, and `day`, `week`, `month` or a duration: `1000/24h`";
const LONGEST: u64 = 366 * 86_400_000;

impl Text for Quota {
    const WHAT: &'static str = "a quota such as `1000/day`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused = || {
            let help = meant(text).map_or_else(|| HELP.to_owned(), |meant| meant.help());
            Refused::new(Code::Rate, "is not a quota").help(help)
        };
        let (number, period) = text.split_once('/').ok_or_else(refused)?;
        let period = match period {
            "day" => Period::Day,
            "week" => Period::Week,
            "month" => Period::Month,
            span => match read_span(span, 1_000, LONGEST) {
                Ok(span) => Period::Rolling(span),
                Err(error) if error.code == Code::Range => {
                    let help = "give a duration from 1s to 366d";
                    return Err(Refused::new(Code::Range, "is out of range").help(help));
                }
                Err(_) => return Err(refused()),
            },
        };
        match read_whole(number, 1, MOST_COUNTED) {
            Ok(limit) => Ok(Self { limit, period }),
            Err(error) if error.code == Code::Range => {
                let help = format!("permit from 1 to {MOST_COUNTED} requests");
                Err(Refused::new(Code::Range, "is out of range").help(help))
            }
            Err(_) => Err(refused()),
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[1-9][0-9]*/(day|week|month|[0-9]+(ms|s|m|h|d))$" })
    }
}

/// What someone meant who wrote `1000 per day`, `1000/hour` or `1000/year`.
struct Meant {
    limit: u64,
    period: &'static str,
}

impl Meant {
    fn help(&self) -> String {
        let Self { limit, period } = self;
        let meant = format!("did you mean `{limit}/{period}`?");
        if ["day", "week", "month"].contains(period) {
            return meant;
        }
        format!("{meant} A usage plan counts by `day`, `week` or `month` only")
    }
}

fn meant(text: &str) -> Option<Meant> {
    let (number, period) = text.split_once('/').or_else(|| text.split_once(" per "))?;
    let limit: u64 = number.trim().replace(['_', ',', '.'], "").parse().ok()?;
    let period = match period.trim().to_lowercase().as_str() {
        "s" | "sec" | "second" => "1s",
        "m" | "min" | "minute" => "1m",
        "h" | "hour" | "hourly" => "1h",
        "d" | "day" | "days" | "daily" => "day",
        "w" | "week" | "weeks" | "weekly" => "week",
        "mon" | "month" | "months" | "monthly" => "month",
        "y" | "year" | "yearly" => "365d",
        _ => return None,
    };
    Some(Meant { limit, period })
}

/// A share of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Percent(pub(crate) u8);

impl Text for Percent {
    const WHAT: &'static str = "a share such as `25%`";

    fn parse(text: &str) -> Result<Self, Refused> {
        percent(text, "write `action: shadow` to refuse nobody").map(Self)
    }

    fn text_schema() -> Json {
        percent_schema()
    }
}

/// A share of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinShare(pub(crate) u8);

impl Text for MinShare {
    const WHAT: &'static str = Percent::WHAT;

    fn parse(text: &str) -> Result<Self, Refused> {
        percent(text, "leave it out to admit nothing").map(Self)
    }

    fn text_schema() -> Json {
        percent_schema()
    }
}

/// From 1 to 100; `instead` says what to write in place of nothing.
fn percent(text: &str, instead: &'static str) -> Result<u8, Refused> {
    let refused = Refused::new(Code::Range, "is not a share from 1% to 100%");
    let digits = text.strip_suffix('%').unwrap_or(text);
    match digits.trim().parse::<u8>() {
        Ok(percent @ 1..=100) if text.ends_with('%') && digits == digits.trim() => Ok(percent),
        Ok(percent @ 1..=100) => Err(refused.help(format!("did you mean `{percent}%`?"))),
        _ if text == "0%" => Err(refused.help(instead)),
        _ => Err(refused.help("write a whole number and `%`")),
    }
}

fn percent_schema() -> Json {
    json!({ "type": "string", "pattern": "^([1-9][0-9]?|100)%$" })
}

/// A time zone's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZoneName(pub(crate) Zone);

impl Text for ZoneName {
    const WHAT: &'static str = "a time zone such as `Europe/Berlin`";

    fn parse(text: &str) -> Result<Self, Refused> {
        Zone::named(text).map(Self).map_err(|_| {
            let help = "give an IANA name such as `Europe/Berlin`, or leave it out for UTC";
            Refused::new(Code::UnknownValue, "is no time zone").help(help)
        })
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

text_shape!(Quota, Percent, MinShare, ZoneName);
