//! Numbers, durations and sizes, each with its range.

use std::time::Duration;

use model::ByteSize;
use serde_json::{Value as Json, json};

use super::{Definitions, Refused, Shape, Slot, or_substitution};
use crate::problem::{Code, Problem};
use crate::yaml::Style;

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole<const MIN: u64, const MAX: u64>(pub(crate) u64);

impl<const MIN: u64, const MAX: u64> Whole<MIN, MAX> {
    /// For a `MAX` that fits 32 bits.
    pub(crate) fn as_u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<const MIN: u64, const MAX: u64> Shape for Whole<MIN, MAX> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a whole number", problems)?;
        if scalar.style == Style::Quoted {
            let mut problem = slot.wrong_type("a whole number");
            if scalar.text.parse::<u64>().is_ok() {
                problem = problem.help("remove the quotes");
            }
            problems.push(problem);
            return None;
        }
        match read_whole(&scalar.text, MIN, MAX) {
            Ok(number) => Some(Self(number)),
            Err(refused) => {
                problems.push(refused.at(&scalar.shown(), slot.node));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let schema = json!({ "type": "integer", "minimum": MIN, "maximum": MAX });
        or_substitution(&schema, definitions)
    }
}

/// Tells a number that is out of range, however large, from what is no number.
pub(crate) fn read_whole(text: &str, min: u64, max: u64) -> Result<u64, Refused> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::new(Code::WrongType, "is not a whole number"));
    }
    let value = text.parse::<u64>().ok().filter(|number| (min..=max).contains(number));
    value.ok_or_else(|| Refused::new(Code::Range, format!("is not between {min} and {max}")))
}

/// A duration from `MIN` to `MAX` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Millis<const MIN: u64, const MAX: u64>(pub(crate) Duration);

const SPAN_UNITS: &[(&str, u64)] =
    &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

const SPAN_HELP: &str = "write a whole number and one of `ms`, `s`, `m`, `h` or `d`";

impl<const MIN: u64, const MAX: u64> Shape for Millis<MIN, MAX> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a duration such as `20s`", problems)?;
        match read_span(&scalar.text, MIN, MAX) {
            Ok(span) => Some(Self(span)),
            Err(refused) => {
                problems.push(refused.at(&scalar.shown(), slot.node));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let text = |millis| model::units::span_text(Duration::from_millis(millis));
        let schema = json!({
            "type": "string",
            "pattern": "^[0-9]+(ms|s|m|h|d)$",
            "$comment": format!("a duration from {} to {}", text(MIN), text(MAX)),
        });
        or_substitution(&schema, definitions)
    }
}

/// A duration from `MIN` to `MAX` whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds<const MIN: u64, const MAX: u64>(pub(crate) Duration);

impl<const MIN: u64, const MAX: u64> Shape for Seconds<MIN, MAX> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a duration such as `20s`", problems)?;
        let read = read_span(&scalar.text, MIN * 1_000, MAX * 1_000).and_then(|span| {
            let is_whole = span.subsec_millis() == 0;
            let near = format!("did you mean `{}s`?", span.as_millis().div_ceil(1_000));
            let refused =
                || Refused::new(Code::Range, "is not a number of whole seconds").help(near);
            is_whole.then_some(span).ok_or_else(refused)
        });
        match read {
            Ok(span) => Some(Self(span)),
            Err(refused) => {
                problems.push(refused.at(&scalar.shown(), slot.node));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let text = |seconds| model::units::span_text(Duration::from_secs(seconds));
        let schema = json!({
            "type": "string",
            "pattern": "^([0-9]+(s|m|h|d)|[0-9]+000ms)$",
            "$comment": format!("a duration from {} to {}", text(MIN), text(MAX)),
        });
        or_substitution(&schema, definitions)
    }
}

pub(crate) fn read_span(text: &str, min: u64, max: u64) -> Result<Duration, Refused> {
    let Some((number, unit)) = split_unit(text) else {
        return Err(Refused::new(Code::Duration, "is not a duration").help(SPAN_HELP));
    };
    let Some(factor) = factor(SPAN_UNITS, number, unit) else {
        let refused = Refused::new(Code::Duration, "is not a duration");
        return Err(match meant_span(number, unit) {
            Some(meant) => refused.help(format!("did you mean `{meant}`?")),
            None => refused.help(SPAN_HELP),
        });
    };
    let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    millis.filter(|millis| (min..=max).contains(millis)).map(Duration::from_millis).ok_or_else(
        || {
            let text = |millis| model::units::span_text(Duration::from_millis(millis));
            Refused::new(Code::Range, format!("is not between {} and {}", text(min), text(max)))
        },
    )
}

/// What someone meant who wrote `20 sec`, `20`, `1.5 minutes` or `1m30s`.
fn meant_span(number: &str, unit: &str) -> Option<String> {
    let next = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
    let (unit, rest) = unit.split_at(next);
    let mut millis = meant_millis(number, unit)?;
    if let Some((number, unit)) = split_unit(rest) {
        millis = millis.checked_add(meant_millis(number, unit)?)?;
    }
    let millis = u64::try_from(millis).ok()?;
    Some(model::units::span_text(Duration::from_millis(millis)))
}

fn meant_millis(number: &str, unit: &str) -> Option<u128> {
    let factor: u64 = match unit.trim().to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1,
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    };
    Some(decimal(number)?.checked_mul(u128::from(factor))? / THOUSAND)
}

/// A size from `MIN` to `MAX` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size<const MIN: u64, const MAX: u64>(pub(crate) ByteSize);

const SIZE_UNITS: &[(&str, u64)] = &[("B", 1), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30)];

const SIZE_HELP: &str = "write a whole number and one of `B`, `KB`, `MB` or `GB`";

impl<const MIN: u64, const MAX: u64> Shape for Size<MIN, MAX> {
    fn read(slot: Slot<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let scalar = slot.scalar("a size such as `256MB`", problems)?;
        match read_size(&scalar.text, MIN, MAX) {
            Ok(size) => Some(Self(size)),
            Err(refused) => {
                problems.push(refused.at(&scalar.shown(), slot.node));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let schema = json!({
            "type": "string",
            "pattern": "^[0-9]+(B|KB|MB|GB)$",
            "$comment": format!("a size from {} to {}", ByteSize(MIN), ByteSize(MAX)),
        });
        or_substitution(&schema, definitions)
    }
}

fn read_size(text: &str, min: u64, max: u64) -> Result<ByteSize, Refused> {
    let Some((number, unit)) = split_unit(text) else {
        return Err(Refused::new(Code::Size, "is not a size").help(SIZE_HELP));
    };
    let Some(factor) = factor(SIZE_UNITS, number, unit) else {
        let refused = Refused::new(Code::Size, "is not a size");
        return Err(match meant_size(number, unit) {
            Some(meant) => refused.help(format!("did you mean `{meant}`?")),
            None => refused.help(SIZE_HELP),
        });
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    bytes.filter(|bytes| (min..=max).contains(bytes)).map(ByteSize).ok_or_else(|| {
        let why = format!("is not between {} and {}", ByteSize(min), ByteSize(max));
        Refused::new(Code::Range, why)
    })
}

/// What someone meant who wrote `256`, `256 MiB` or `1.5G`.
fn meant_size(number: &str, unit: &str) -> Option<ByteSize> {
    let factor: u64 = match unit.trim().to_lowercase().as_str() {
        "b" | "byte" | "bytes" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "" | "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    let bytes = decimal(number)?.checked_mul(u128::from(factor))? / THOUSAND;
    u64::try_from(bytes).ok().map(ByteSize)
}

/// What a whole number of `unit` is multiplied by.
fn factor(units: &[(&str, u64)], number: &str, unit: &str) -> Option<u64> {
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    (!number.contains('.')).then_some(*factor)
}

/// `20 sec` into `20` and ` sec`; `None` when it does not start with a digit.
fn split_unit(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

pub(super) const THOUSAND: u128 = 1_000;

/// `1.5` as 1500 thousandths.
pub(super) fn decimal(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || whole.is_empty() || whole.len() > 12 {
        return None;
    }
    let fraction: u128 = format!("{fraction:0<3}").parse().ok()?;
    Some(whole.parse::<u128>().ok()? * THOUSAND + fraction)
}
