//! Quantities as people write them: `256MB`, `20/min`.

use std::fmt;
use std::time::Duration;

/// A size in bytes. `KB`, `MB` and `GB` are powers of 1024, as in Lambda's memory settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    pub const fn kib(n: u64) -> Self {
        Self(n << 10)
    }

    pub const fn mib(n: u64) -> Self {
        Self(n << 20)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, shift) = match self.0 {
            n if n != 0 && n % (1 << 30) == 0 => ("GB", 30),
            n if n != 0 && n % (1 << 20) == 0 => ("MB", 20),
            n if n != 0 && n % (1 << 10) == 0 => ("KB", 10),
            _ => ("B", 0),
        };
        write!(f, "{}{unit}", self.0 >> shift)
    }
}

/// So many permits per period: `20/min` is 20 per 60 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// At least 1.
    pub permits: u32,
    /// One second, minute, hour or day.
    pub per: Duration,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per.as_secs() {
            1 => write!(f, "{}/s", self.permits),
            60 => write!(f, "{}/min", self.permits),
            3600 => write!(f, "{}/h", self.permits),
            86400 => write!(f, "{}/day", self.permits),
            seconds => write!(f, "{}/{seconds}s", self.permits),
        }
    }
}

/// Writes a span of time in its largest whole unit: `90s`, `5m`, `250ms`.
pub fn span_text(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        0 => "0s".to_owned(),
        n if n % 86_400_000 == 0 => format!("{}d", n / 86_400_000),
        n if n % 3_600_000 == 0 => format!("{}h", n / 3_600_000),
        n if n % 60_000 == 0 => format!("{}m", n / 60_000),
        n if n % 1_000 == 0 => format!("{}s", n / 1_000),
        n => format!("{n}ms"),
    }
}

/// For `#[serde(serialize_with)]`: a span of time as people write it.
pub fn serialize_span<S: serde::Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&span_text(*span))
}

/// For `#[serde(serialize_with)]`: as [`serialize_span`], or null.
pub fn serialize_optional_span<S: serde::Serializer>(
    span: &Option<Duration>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serialize_span(span, to),
        None => to.serialize_none(),
    }
}

/// For `#[serde(with)]`: a span of time in whole milliseconds, as people write it.
pub mod span {
    use std::time::Duration;

    pub use super::serialize_span as serialize;

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text: String = serde::Deserialize::deserialize(from)?;
        super::read_span(&text).ok_or_else(|| serde::de::Error::custom("not a span of time"))
    }
}

/// What [`span_text`] wrote.
fn read_span(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let factor = match &text[unit..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let number: u64 = text[..unit].parse().ok()?;
    number.checked_mul(factor).map(Duration::from_millis)
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit))
}

impl<'de> serde::Deserialize<'de> for ByteSize {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let size = number_and_unit(&text).and_then(|(number, unit)| {
            let shift = match unit {
                "B" => 0,
                "KB" => 10,
                "MB" => 20,
                "GB" => 30,
                _ => return None,
            };
            Some(Self(number.checked_mul(1 << shift)?))
        });
        size.ok_or_else(|| serde::de::Error::custom("not a size"))
    }
}

impl serde::Serialize for ByteSize {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl serde::Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_print_in_their_largest_whole_unit() {
        assert_eq!(ByteSize::mib(256).to_string(), "256MB");
        assert_eq!(ByteSize(1536 << 20).to_string(), "1536MB");
        assert_eq!(ByteSize(0).to_string(), "0B");
    }

    #[test]
    fn rates_print_as_written() {
        let rate = Rate { permits: 20, per: Duration::from_mins(1) };
        assert_eq!(rate.to_string(), "20/min");
    }

    #[test]
    fn spans_print_in_their_largest_whole_unit() {
        assert_eq!(span_text(Duration::from_secs(90)), "90s");
        assert_eq!(span_text(Duration::from_mins(5)), "5m");
        assert_eq!(span_text(Duration::from_millis(1500)), "1500ms");
        assert_eq!(span_text(Duration::ZERO), "0s");
        for millis in [0, 1, 1_500, 90_000, 300_000, 86_400_000] {
            let span = Duration::from_millis(millis);
            assert_eq!(read_span(&span_text(span)), Some(span));
        }
        assert_eq!(read_span("5"), None);
    }
}
