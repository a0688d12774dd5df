//! `09/Apr/2015:12:34:56 +0000`, the form of time in events and access logs.

use model::Timestamp;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// A second, written out; kept by each worker because neighbouring requests share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestTime {
    second: u64,
    text: [u8; 26],
}

impl RequestTime {
    pub(crate) fn at(time: Timestamp) -> Self {
        let second = time.as_secs();
        let (year, month, day) = date(second / 86_400);
        let mut text = *b"00/Jan/0000:00:00:00 +0000";
        two(&mut text, 0, day);
        text[3..6].copy_from_slice(MONTHS[month as usize - 1]);
        two(&mut text, 7, year / 100);
        two(&mut text, 9, year % 100);
        two(&mut text, 12, second / 3600 % 24);
        two(&mut text, 15, second / 60 % 60);
        two(&mut text, 18, second % 60);
        Self { second, text }
    }

    pub(crate) fn is_at(&self, time: Timestamp) -> bool {
        self.second == time.as_secs()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

fn two(text: &mut [u8; 26], at: usize, value: u64) {
    text[at] = b'0' + u8::try_from(value / 10 % 10).unwrap_or(0);
    text[at + 1] = b'0' + u8::try_from(value % 10).unwrap_or(0);
}

/// Year, month and day of a day since 1970 in the Gregorian calendar.
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn date(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let text = |millis| {
            String::from_utf8(RequestTime::at(Timestamp(millis)).as_bytes().to_vec())
                .expect("ASCII")
        };
        assert_eq!(text(1_428_582_896_000), "09/Apr/2015:12:34:56 +0000");
        assert_eq!(text(1_583_349_317_135), "04/Mar/2020:19:15:17 +0000");
        assert_eq!(text(951_782_400_000), "29/Feb/2000:00:00:00 +0000");
        assert_eq!(text(0), "01/Jan/1970:00:00:00 +0000");
        assert_eq!(text(1_735_689_599_999), "31/Dec/2024:23:59:59 +0000");
    }
}
