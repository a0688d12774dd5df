//! How a record reads. Two of every invocation are written, so that numbers are left to `itoa` and pieces
//! are few.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use model::{RequestId, Timestamp};

use super::{Line, Record, Report, Said};

/// Enough for the platform's own records.
const USUAL_TEXT: usize = 256;

impl Record {
    /// What it displays.
    pub(in crate::logs) fn text(&self) -> Cow<'_, str> {
        match &self.said {
            Said::Line(Line { text, .. }) | Said::Platform(text) => Cow::Borrowed(text),
            Said::Start(_) | Said::Report(_) => {
                let mut text = String::with_capacity(USUAL_TEXT);
                // A string takes whatever it is given.
                let _ = self.write(&mut text);
                Cow::Owned(text)
            }
        }
    }

    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let id = self.request_id.as_ref().map_or("-", RequestId::as_str);
        match &self.said {
            Said::Line(Line { text, .. }) | Said::Platform(text) => out.write_str(text),
            Said::Start(version) => {
                out.write_str("START RequestId: ")?;
                out.write_str(id)?;
                write!(out, " Version: {version}")
            }
            Said::Report(report) => {
                out.write_str("END RequestId: ")?;
                out.write_str(id)?;
                out.write_str("\nREPORT RequestId: ")?;
                out.write_str(id)?;
                report.write(out)
            }
        }
    }
}

/// The text as CloudWatch would show it.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl Report {
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut number = itoa::Buffer::new();
        out.write_str("\tDuration: ")?;
        write_milliseconds(out, self.duration)?;
        out.write_str("\tBilled Duration: ")?;
        out.write_str(number.format(self.billed()))?;
        out.write_str(" ms\tMemory Size: ")?;
        out.write_str(number.format(self.memory_size))?;
        out.write_str(" MB\tMax Memory Used: ")?;
        out.write_str(number.format(self.max_memory_used))?;
        out.write_str(" MB")?;
        if let Some(init) = self.init {
            out.write_str("\tInit Duration: ")?;
            write_milliseconds(out, init)?;
        }
        if let Some(status) = self.status {
            out.write_str("\tStatus: ")?;
            out.write_str(status)?;
        }
        Ok(())
    }
}

/// `12.34 ms`.
fn write_milliseconds(out: &mut impl fmt::Write, span: Duration) -> fmt::Result {
    let mut number = itoa::Buffer::new();
    let hundredths = (span.as_nanos() + 5_000) / 10_000;
    out.write_str(number.format(hundredths / 100))?;
    out.write_str(if hundredths % 100 < 10 { ".0" } else { "." })?;
    out.write_str(number.format(hundredths % 100))?;
    out.write_str(" ms")
}

/// `2026-01-02T03:04:05.678Z`.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    Rfc3339(time).to_string()
}

pub(super) struct Rfc3339(pub(super) Timestamp);

thread_local! {
    /// The second that was written last, as in `2026-01-02T03:04:05`: neighbours in a log mostly share it.
    static WRITTEN: RefCell<(u64, String)> = RefCell::default();
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (second, millis) = (self.0.as_secs(), self.0.0 % 1000);
        WRITTEN.with_borrow_mut(|(last, text)| {
            if *last != second || text.is_empty() {
                (*last, *text) = (second, to_the_second(second));
            }
            f.write_str(text)
        })?;
        f.write_str(match millis {
            0..10 => ".00",
            10..100 => ".0",
            _ => ".",
        })?;
        f.write_str(itoa::Buffer::new().format(millis))?;
        f.write_str("Z")
    }
}

/// Without the `Z`. The last second that RFC 3339 can write stands for those beyond it.
fn to_the_second(second: u64) -> String {
    let second = i64::try_from(second).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX);
    let mut text = format!("{time:.0}");
    text.pop();
    text
}

#[cfg(test)]
mod tests {
    use model::FunctionName;

    use super::super::Speaker;
    use super::*;

    #[test]
    fn a_report_reads_as_lambdas_does() {
        let record = Record {
            time: Timestamp(0),
            speaker: Speaker::Function,
            function: FunctionName::parse("f").expect("valid"),
            request_id: Some(RequestId::given("id-1")),
            said: Said::Report(Report {
                duration: Duration::from_micros(1_234),
                init: Some(Duration::from_micros(10_500)),
                memory_size: 128,
                max_memory_used: 31,
                status: None,
            }),
        };
        assert_eq!(
            record.to_string(),
            "END RequestId: id-1\nREPORT RequestId: id-1\tDuration: 1.23 ms\tBilled Duration: \
             12 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\tInit Duration: 10.50 ms"
        );
    }

    #[test]
    fn times_have_milliseconds() {
        let text = |millis| rfc3339(Timestamp(millis));
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(1_700_000_000_005), "2023-11-14T22:13:20.005Z");
        assert_eq!(text(1_700_000_000_678), "2023-11-14T22:13:20.678Z");
        assert_eq!(text(1_700_000_001_050), "2023-11-14T22:13:21.050Z");
        assert!(text(u64::MAX).starts_with("9999-12-30T"), "{}", text(u64::MAX));
    }

    #[test]
    fn spans_are_rounded_to_hundredths_of_a_millisecond() {
        let text = |span| {
            let mut text = String::new();
            write_milliseconds(&mut text, span).map(|()| text)
        };
        assert_eq!(text(Duration::ZERO).as_deref(), Ok("0.00 ms"));
        assert_eq!(text(Duration::from_micros(54)).as_deref(), Ok("0.05 ms"));
        assert_eq!(text(Duration::from_micros(9_995)).as_deref(), Ok("10.00 ms"));
        assert_eq!(text(Duration::from_millis(61_230)).as_deref(), Ok("61230.00 ms"));
    }
}
