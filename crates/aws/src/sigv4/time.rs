//! The time a request was signed: `20150830T123600Z`.

use model::{Day, Timestamp};

/// The time, and the day as it stands in the text.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    if bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = &bytes[from..to];
        let is_number = digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let day = Day::of(i32::try_from(number(0, 4)?).ok()?, number(4, 6)?, number(6, 8)?)?;
    let (hours, minutes, seconds) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let days = u64::try_from(day.0).ok()?;
    let seconds = u64::from(hours * 3600 + minutes * 60 + seconds);
    Some(Timestamp((days * 86_400 + seconds) * 1000))
}

pub(super) fn write(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_exactly() {
        assert_eq!(read("20150830T123600Z"), Some(Timestamp(1_440_938_160_000)));
        assert_eq!(write(Timestamp(1_440_938_160_999)), "20150830T123600Z");
        for text in [
            "20150830T123600",
            "20150830 123600Z",
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T12360+Z",
            "2015-08-30T12:36",
            "19690830T123600Z",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
