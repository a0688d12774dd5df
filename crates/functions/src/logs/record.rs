//! One entry of a function's log.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use model::{FunctionName, FunctionVersion, RequestId, Timestamp};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Enough for the platform's own records.
const USUAL_TEXT: usize = 256;

/// Something that happened at a time, usually during an invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub time: Timestamp,
    pub speaker: Speaker,
    /// Whose log it is in; processes share one set of names with functions.
    pub function: FunctionName,
    pub request_id: Option<RequestId>,
    pub said: Said,
}

/// Whose words a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    Function,
    /// A managed process, which has no invocations.
    Process,
}

impl Speaker {
    /// The member of a record's JSON form that names it.
    fn member(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Process => "process",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// `START`.
    Start(FunctionVersion),
    /// The function's own output.
    Line(Line),
    /// `END` and `REPORT`.
    Report(Report),
    /// The platform's own words: a timeout, a failed start.
    Platform(String),
}

/// A line that a function printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub stream: LogStream,
    pub level: Option<Level>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogStream {
    Stdout,
    Stderr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// What an invocation took.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub duration: Duration,
    /// Present on the first invocation of an environment.
    pub init: Option<Duration>,
    /// In MB.
    pub memory_size: u64,
    /// In MB, sampled at most once a second.
    pub max_memory_used: u64,
    /// `timeout` or `error`, as Lambda spells it; `None` for success.
    pub status: Option<&'static str>,
}

impl Report {
    /// Whole milliseconds, rounded up; since August 2025 Lambda bills init too.
    pub fn billed(&self) -> u128 {
        let total = self.duration + self.init.unwrap_or_default();
        total.as_nanos().div_ceil(1_000_000)
    }
}

impl Level {
    pub fn parse(text: &str) -> Option<Self> {
        const NAMES: [(&str, Level); 9] = [
            ("TRACE", Level::Trace),
            ("DEBUG", Level::Debug),
            ("INFO", Level::Info),
            ("WARN", Level::Warn),
            ("WARNING", Level::Warn),
            ("ERROR", Level::Error),
            ("ERR", Level::Error),
            ("FATAL", Level::Fatal),
            ("CRITICAL", Level::Fatal),
        ];
        NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

impl Line {
    /// Finds the level where the line says it: as JSON, `[LEVEL]`, or the third tabbed field.
    pub(crate) fn new(stream: LogStream, text: String) -> Self {
        let level = match text.as_bytes().first() {
            Some(b'{') => json_level(&text),
            Some(b'[') => text[1..].split_once(']').and_then(|(level, _)| Level::parse(level)),
            _ => text.split('\t').nth(2).and_then(Level::parse),
        };
        Self { stream, level, text }
    }
}

fn json_level(text: &str) -> Option<Level> {
    #[derive(serde::Deserialize)]
    struct Leveled<'a> {
        #[serde(borrow)]
        level: Option<std::borrow::Cow<'a, str>>,
    }
    let leveled: Leveled<'_> = serde_json::from_str(text).ok()?;
    Level::parse(&leveled.level?)
}

impl Record {
    /// Roughly what it occupies.
    pub(crate) fn size(&self) -> usize {
        let text = match &self.said {
            Said::Line(line) => line.text.len(),
            Said::Platform(text) => text.len(),
            Said::Start(_) | Said::Report(_) => 0,
        };
        size_of::<Self>() + text
    }

    /// Whether the platform said it, not the function.
    pub fn is_platforms(&self) -> bool {
        !matches!(self.said, Said::Line(_))
    }

    /// What it displays.
    fn text(&self) -> Cow<'_, str> {
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

    /// With numbers written by `itoa`: two records of every invocation are written this way.
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

    /// One JSON object, without a line end.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Its JSON form is stable interface: files and followers get it.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (stream, level) = match &self.said {
            Said::Line(Line { stream: LogStream::Stdout, level, .. }) => ("stdout", *level),
            Said::Line(Line { stream: LogStream::Stderr, level, .. }) => ("stderr", *level),
            _ => ("platform", None),
        };
        let id = self.request_id.as_ref();
        let fields = 4 + usize::from(id.is_some()) + usize::from(level.is_some());
        let mut object = serializer.serialize_struct("Record", fields)?;
        object.serialize_field("time", &format_args!("{}", Rfc3339(self.time)))?;
        object.serialize_field(self.speaker.member(), &self.function)?;
        if let Some(id) = id {
            object.serialize_field("requestId", id.as_str())?;
        }
        object.serialize_field("stream", stream)?;
        if let Some(level) = level {
            object.serialize_field("level", &level)?;
        }
        // In one piece: an escaping writer looks through each piece for itself.
        object.serialize_field("message", &self.text())?;
        object.end()
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

struct Rfc3339(Timestamp);

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
    use super::*;

    #[test]
    fn levels_are_found_where_runtimes_write_them() {
        let level = |text: &str| Line::new(LogStream::Stdout, text.to_owned()).level;
        assert_eq!(level("[WARNING]\t2026-01-01T00:00:00.000Z\tid\thi"), Some(Level::Warn));
        assert_eq!(level("2026-01-01T00:00:00.000Z\tid\tERROR\thi"), Some(Level::Error));
        assert_eq!(level(r#"{"level":"debug","message":"hi"}"#), Some(Level::Debug));
        assert_eq!(level("hello"), None);
        assert_eq!(level("[x"), None);
        assert_eq!(level("{"), None);
    }

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
    fn json_has_what_there_is() {
        let mut record = Record {
            time: Timestamp(1_700_000_000_000),
            speaker: Speaker::Function,
            function: FunctionName::parse("f").expect("valid"),
            request_id: None,
            said: Said::Line(Line::new(LogStream::Stderr, "a \"b\"".to_owned())),
        };
        assert_eq!(
            record.to_json(),
            r#"{"time":"2023-11-14T22:13:20.000Z","function":"f","stream":"stderr","message":"a \"b\""}"#
        );
        record.request_id = Some(RequestId::given("id-1"));
        record.said = Said::Line(Line::new(LogStream::Stdout, "[INFO] c".to_owned()));
        assert_eq!(
            record.to_json(),
            r#"{"time":"2023-11-14T22:13:20.000Z","function":"f","requestId":"id-1","stream":"stdout","level":"INFO","message":"[INFO] c"}"#
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
