//! One entry of a function's log.

mod text;

use std::time::Duration;

use model::{FunctionName, FunctionVersion, RequestId, Timestamp};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use text::Rfc3339;
pub(crate) use text::rfc3339;

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
}
