//! The server's own process: its limits, and what it uses, as Prometheus metrics.

use std::fmt::Write;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Every connection is a descriptor: take as many as the system allows.
pub(crate) fn raise_open_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // Refused only by a security module; the lower limit is then shown by `tidegate doctor`.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// The names every Prometheus client library uses.
/// <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>
pub(crate) fn metrics() -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
    };
    let stat = Stat::read();
    let cpu = stat.as_ref().map(|stat| stat.cpu_seconds);
    gauge("process_cpu_seconds_total", "counter", "Processor time used.", cpu);
    let threads = stat.as_ref().map(|stat| stat.threads);
    gauge("process_threads", "gauge", "Threads.", threads);
    let resident = stat.as_ref().map(|stat| stat.resident_bytes);
    gauge("process_resident_memory_bytes", "gauge", "Resident memory.", resident);
    gauge("process_open_fds", "gauge", "Open file descriptors.", open_files());
    let most = getrlimit(Resource::Nofile).current.map(|most| most as f64);
    gauge("process_max_fds", "gauge", "File descriptors that may be open.", most);
    text
}

fn open_files() -> Option<f64> {
    // Reading the folder opens it.
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count() as f64 - 1.0)
}

struct Stat {
    cpu_seconds: f64,
    threads: f64,
    resident_bytes: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
    }

    /// The program's name, in parentheses, may hold anything; fields are counted from 3 after it.
    fn parse(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) / clock_ticks_per_second() as f64,
            threads: field(20)?,
            resident_bytes: field(24)? * page_size() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_itself() {
        let text = metrics();
        for name in ["process_cpu_seconds_total", "process_open_fds", "process_threads"] {
            assert!(text.lines().any(|line| line.starts_with(name)), "{text}");
        }
    }

    #[test]
    fn a_name_with_parentheses_is_no_obstacle() {
        let stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 100 50 0 0 20 0 4 0 9 1000 256 0";
        let stat = Stat::parse(stat).unwrap();
        assert_eq!(stat.threads, 4.0);
    }
}
