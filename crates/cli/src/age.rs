//! Spans of time as arguments and tables have them: `90s`, `2h 5m`.

use std::time::Duration;

/// A number and a unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number and a unit: 30s, 5m, 2h, 1d".to_owned();
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(expected)
}

/// In the two largest units: `57s`, `3m 20s`, `5d 2h`.
pub(crate) fn told(seconds: u64) -> String {
    let pair = |large: u64, name: &str, small: u64, small_name: &str| match small {
        0 => format!("{large}{name}"),
        small => format!("{large}{name} {small}{small_name}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => pair(seconds / 60, "m", seconds % 60, "s"),
        3600..86_400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "m"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        assert_eq!(parse("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "5", "m", "5x", "-5m", "99999999999999999999h", "18446744073709551615d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ages_are_told_in_two_units() {
        for (seconds, expected) in [
            (0, "0s"),
            (57, "57s"),
            (60, "1m"),
            (200, "3m 20s"),
            (7_260, "2h 1m"),
            (90_000, "1d 1h"),
        ] {
            assert_eq!(told(seconds), expected);
        }
    }
}
