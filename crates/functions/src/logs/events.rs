//! A function's log as events with times, the way CloudWatch keeps it.

use model::{FunctionName, Timestamp};

use super::Logs;

/// What the events of a time's day are found under, and what an environment that starts then says it logs to.
pub fn stream(time: Timestamp) -> String {
    let day = time.to_string();
    format!("{}/[$LATEST]", day[..10].replace('-', "/"))
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    pub time: Timestamp,
    pub message: String,
}

#[derive(serde::Deserialize)]
struct Line {
    time: String,
    stream: String,
    message: String,
}

impl Logs {
    /// Everything that is left of a function's log since `from`, in its order. Reads files, so it is
    /// not for a thread that answers requests.
    pub fn events(&self, function: &FunctionName, from: Timestamp) -> Vec<LogEvent> {
        let past = self.past(std::iter::once(function), from);
        let mut events = Vec::with_capacity(past.lines.len());
        for line in past.lines {
            // A note about dropped records is no event.
            let Ok(Line { time, stream, message }) = serde_json::from_str(&line) else { continue };
            let Ok(time) = time.parse::<jiff::Timestamp>() else { continue };
            let time = Timestamp(u64::try_from(time.as_millisecond()).unwrap_or_default());
            if stream == "platform" {
                // `END` and `REPORT` are one record here.
                let lines = message.lines().map(str::to_owned);
                events.extend(lines.map(|message| LogEvent { time, message }));
            } else {
                events.push(LogEvent { time, message });
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{LogStream, Record, Report, Said, Speaker};
    use super::*;

    #[test]
    fn reports_are_two_events_and_lines_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = Logs::new(folder.path().to_owned());
        let name = FunctionName::parse("f").expect("a name");
        let report = Report {
            duration: Duration::from_millis(1),
            init: None,
            memory_size: 128,
            max_memory_used: 9,
            status: None,
        };
        let line = super::super::Line::new(LogStream::Stdout, "two\nlines".to_owned());
        for (time, said) in [(1_000, Said::Line(line)), (2_000, Said::Report(report))] {
            logs.of(&name).push(Record {
                time: Timestamp(time),
                speaker: Speaker::Function,
                function: name.clone(),
                request_id: None,
                said,
            });
        }
        let events = logs.events(&name, Timestamp(0));
        let starts: Vec<_> =
            events.iter().map(|event| (event.time.0, &event.message[..3])).collect();
        assert_eq!(starts, [(1_000, "two"), (2_000, "END"), (2_000, "REP")]);
        assert_eq!(logs.events(&name, Timestamp(1_500)).len(), 2);
    }
}
