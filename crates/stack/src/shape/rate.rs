//! Rates.

use std::time::Duration;

use model::Rate;
use serde_json::{Value as Json, json};

use super::quantity::{THOUSAND, decimal, read_whole};
use super::{Refused, Text, text_shape};
use crate::problem::Code;

/// `20/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permits(pub(crate) Rate);

const PERIODS: &[(&str, u64)] = &[("s", 1), ("min", 60), ("h", 3_600), ("day", 86_400)];

impl Text for Permits {
    const WHAT: &'static str = "a rate such as `20/min`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let refused = || {
            let help = "write a whole number, `/`, and one of `s`, `min`, `h` or `day`";
            let meant = meant(text).map(|meant| format!("did you mean `{meant}`?"));
            Refused::new(Code::Rate, "is not a rate").help(meant.unwrap_or(help.to_owned()))
        };
        let (permits, period) = text.split_once('/').ok_or_else(refused)?;
        let known = PERIODS.iter().find(|(name, _)| *name == period);
        let (_, seconds) = known.ok_or_else(refused)?;
        match read_whole(permits, 1, u64::from(u32::MAX)) {
            Ok(permits) => {
                let permits = u32::try_from(permits).unwrap_or(u32::MAX);
                Ok(Self(Rate { permits, per: Duration::from_secs(*seconds) }))
            }
            Err(number) if number.code == Code::Range => {
                let help = format!("permit from 1 to {} requests", u32::MAX);
                Err(Refused::new(Code::Range, "is out of range").help(help))
            }
            Err(_) => Err(refused()),
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[1-9][0-9]*/(s|min|h|day)$" })
    }
}

text_shape!(Permits);

/// What someone meant who wrote `20 per minute`, `20/m` or `0.5/s`: permits are whole.
pub(crate) fn meant(text: &str) -> Option<String> {
    let (permits, period) = text.split_once('/').or_else(|| text.split_once(" per "))?;
    let name = meant_period(period)?;
    let thousandths = decimal(permits.trim())?;
    // A fraction is whole over a longer period.
    let from = PERIODS.iter().position(|(known, _)| *known == name)?;
    let (_, seconds) = PERIODS[from];
    PERIODS[from..].iter().find_map(|(name, longer)| {
        let permits = thousandths * u128::from(longer / seconds);
        let is_rate = permits > 0 && permits % THOUSAND == 0;
        is_rate.then(|| format!("{}/{name}", permits / THOUSAND))
    })
}

fn meant_period(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "s" | "sec" | "second" | "seconds" | "1s" => Some("s"),
        "m" | "min" | "minute" | "minutes" | "1m" | "1min" => Some("min"),
        "h" | "hr" | "hour" | "hours" | "1h" => Some("h"),
        "d" | "day" | "days" | "1d" => Some("day"),
        _ => None,
    }
}
