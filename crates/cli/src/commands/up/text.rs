//! Events as lines for people.

use std::io::IsTerminal;
use std::sync::Mutex;

use server::{Addresses, Event, Logged, Reporter, Sample};

use crate::counted::lines_missed;
use crate::{output, summary};

/// Writes what happens to the terminal: results and requests to standard output, trouble to
/// standard error. Away from a terminal, requests and function output stay in their logs.
#[derive(Debug)]
pub(crate) struct Screen {
    colour: bool,
    /// Somebody is watching.
    live: bool,
    /// Keeps lines of several threads whole and in order.
    turn: Mutex<()>,
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const DIM: &str = "2";
const BOLD: &str = "1";

impl Screen {
    pub(crate) fn new() -> Self {
        let out = std::io::stdout();
        let (colour, live) = (output::is_colourful(&out), out.is_terminal());
        Self { colour, live, turn: Mutex::new(()) }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn say(&self, text: &str) {
        // A reader that went away has no further interest; the server keeps serving.
        let _ = output::line(text);
    }

    fn complain(&self, title: &str, message: &str) {
        output::note_line(format_args!("{}\n{}", self.paint(RED, title), message.trim_end()));
    }

    fn ready(&self, addresses: &Addresses) {
        let Addresses { api, admin, aws, .. } = addresses;
        let api = self.paint(BOLD, api);
        self.say(&format!("\n  API      {api}\n  AWS API  {aws}\n  admin    {admin}\n"));
        if self.live {
            self.say(&self.paint(DIM, "  Saving reloads, Ctrl-C stops.\n"));
        }
    }

    fn log(&self, logged: &Logged) {
        let record = match logged {
            Logged::Record(record) => record,
            Logged::Missed(records) => {
                return self.say(&lines_missed(*records));
            }
        };
        let function = self.paint(DIM, record.function.as_str());
        for line in record.to_string().trim_end().lines() {
            // The request's own line says as much.
            if !record.is_platforms() || !is_bracket(line) {
                self.say(&format!("{function} {line}"));
            }
        }
    }

    fn request(&self, sample: &Sample) {
        let style = match sample.status {
            ..400 => GREEN,
            400..500 => YELLOW,
            _ => RED,
        };
        let status = self.paint(style, &sample.status.to_string());
        let Sample { time, method, path, latency_ms, .. } = sample;
        self.say(&format!("{time} {method} {path} {status} {latency_ms} ms"));
    }
}

impl Reporter for Screen {
    fn report(&self, event: &Event) {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::Found { stack, sandbox, notes } => {
                self.say(summary::of(stack).trim_end());
                if !stack.functions.is_empty()
                    || !stack.processes.is_empty()
                    || !stack.caches.is_empty()
                {
                    self.say(&format!("  sandbox: {sandbox}"));
                }
                for note in notes {
                    self.say(&format!("  {} {note}", self.paint(YELLOW, "note")));
                }
            }
            Event::Ready(addresses) => self.ready(addresses),
            Event::Building { function, message } => self.say(&format!("  {function}: {message}")),
            Event::Reload { changes, took_ms } => {
                self.say(&format!("{} in {took_ms} ms", self.paint(GREEN, "reloaded")));
                for change in changes {
                    self.say(&format!("  {change}"));
                }
            }
            Event::Note { note } => self.say(&format!("  {} {note}", self.paint(YELLOW, "note"))),
            Event::Problem { message, .. } => self.complain("problem:", message),
            Event::Refused { message, .. } => {
                self.complain("problem; what ran before keeps running:", message);
            }
            Event::Log(logged) if self.live => self.log(logged),
            Event::Request(sample) if self.live => self.request(sample),
            Event::Log(_) | Event::Request(_) => {}
            Event::Missed { events } => self.say(&lines_missed(*events)),
            Event::Draining => self.say("draining; Ctrl-C again stops at once"),
            Event::Stopped { cut } => self.say(&stopped(*cut)),
        }
    }

    fn watches_requests(&self) -> bool {
        self.live
    }

    fn watches_logs(&self) -> bool {
        self.live
    }
}

fn stopped(cut: u64) -> String {
    match cut {
        0 => "stopped".to_owned(),
        1 => "stopped; 1 connection was cut off".to_owned(),
        _ => format!("stopped; {cut} connections were cut off"),
    }
}

/// Whether a line only opens or closes an invocation's log.
fn is_bracket(line: &str) -> bool {
    ["START RequestId: ", "END RequestId: "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::stopped;

    #[test]
    fn one_connection_is_told_as_one() {
        assert_eq!(stopped(0), "stopped");
        assert_eq!(stopped(1), "stopped; 1 connection was cut off");
        assert_eq!(stopped(2), "stopped; 2 connections were cut off");
    }
}
