//! Starts Redis and the processes, and adds up.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use model::{Clock, Rule, SystemClock};

use super::{Load, PROCESSES, SPAN, TTL};

/// Ends the server when it is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
        let port = port.expect("a free port").port();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server; scripts/setup installs it");
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            thread::yield_now();
        }
        Self { process, url: format!("redis://127.0.0.1:{port}") }
    }

    /// Processor time so far.
    fn busy(&self) -> Duration {
        busy(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// User and system time of a process, in ticks of which a second has a hundred.
fn busy(process: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

#[derive(Default)]
struct Sum {
    decisions: u64,
    by_millisecond: BTreeMap<u64, u64>,
    /// Of the deciding processes.
    busy: Duration,
    redis: f64,
}

pub(crate) fn run() {
    println!("{:<60} {:>12} {:>10}  verdict", "16 processes, one shared key", "measured", "bar");
    let sum = measure("mechanism");
    let wall = sum.decisions as f64 / SPAN.as_secs_f64();
    let own = sum.decisions as f64 / sum.busy.as_secs_f64();
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    row("decisions a second, millions", wall / 1e6, Some((20.0, Side::AtLeast)));
    row("the same had no one else used the processors", own * cores / 1e6, None);
    row("Redis core busy, %", 100.0 * sum.redis, Some((5.0, Side::AtMost)));

    let sum = measure("overload");
    let Rule::Rate { rate, burst } = *Load::Overload.policy().rule() else { return };
    let per_millisecond = f64::from(rate.permits) / rate.per.as_secs_f64() / 1000.0;
    row(
        "of the limit used under overload, %",
        100.0 * used(&sum, per_millisecond),
        Some((99.0, Side::AtLeast)),
    );
    let bound = f64::from(burst) + per_millisecond * TTL.as_secs_f64() * 1000.0;
    let over = worst(&sum.by_millisecond, per_millisecond, bound).max(0.0);
    row("permits beyond R*(W+t)+B in the worst window", over, Some((0.0, Side::AtMost)));
    row("Redis core busy under overload, %", 100.0 * sum.redis, Some((5.0, Side::AtMost)));
}

fn measure(load: &str) -> Sum {
    let clock = SystemClock::start();
    let server = Server::start();
    let me = std::env::current_exe().expect("this program");
    let spawn = |_| {
        let arguments = ["worker", load, server.url.as_str()];
        Command::new(&me).args(arguments).stdout(Stdio::piped()).spawn().expect("a process")
    };
    let (start, redis) = (clock.moment(), server.busy());
    let workers: Vec<_> = (0..PROCESSES).map(spawn).collect();
    let before = children();
    let mut sum = Sum::default();
    for worker in workers {
        let output = worker.wait_with_output().expect("a process");
        assert!(output.status.success(), "a process failed");
        add(&mut sum, &String::from_utf8_lossy(&output.stdout));
    }
    sum.busy = children().saturating_sub(before);
    let elapsed = clock.moment().since(start).as_secs_f64();
    sum.redis = server.busy().saturating_sub(redis).as_secs_f64() / elapsed;
    sum
}

/// Processor time of children that ended and were waited for.
fn children() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(13).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn add(sum: &mut Sum, output: &str) {
    for line in output.lines() {
        let Some((name, count)) = line.split_once(' ') else { continue };
        let count: u64 = count.parse().unwrap_or(0);
        match name.parse::<u64>() {
            Ok(at) => *sum.by_millisecond.entry(at).or_default() += count,
            Err(_) => sum.decisions += count,
        }
    }
}

/// Of what the limit brings between the first and the last second, when all processes run.
fn used(sum: &Sum, per_millisecond: f64) -> f64 {
    let (Some((first, _)), Some((last, _))) =
        (sum.by_millisecond.first_key_value(), sum.by_millisecond.last_key_value())
    else {
        return 0.0;
    };
    let (from, to) = (first + 1000, last - 1000);
    let admitted: u64 = sum.by_millisecond.range(from..to).map(|(_, count)| count).sum();
    admitted as f64 / ((to - from) as f64 * per_millisecond)
}

/// Permits beyond `slack` and what the window brings, in the worst window of whole milliseconds.
fn worst(by_millisecond: &BTreeMap<u64, u64>, per_millisecond: f64, slack: f64) -> f64 {
    let (mut admitted, mut least, mut worst) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    for (at, count) in by_millisecond {
        let at = *at as f64;
        least = f64::min(least, admitted - per_millisecond * at);
        admitted += *count as f64;
        // Admitted at any time of the last millisecond.
        worst = f64::max(worst, admitted - per_millisecond * (at + 1.0) - least - slack);
    }
    worst
}

#[derive(Clone, Copy)]
enum Side {
    AtLeast,
    AtMost,
}

fn row(name: &str, value: f64, bar: Option<(f64, Side)>) {
    let (bar, verdict) = match bar {
        None => (String::new(), ""),
        Some((bar, side)) => {
            let (sign, is_met) = match side {
                Side::AtLeast => (">=", value >= bar),
                Side::AtMost => ("<=", value <= bar),
            };
            (format!("{sign} {bar}"), if is_met { "met" } else { "MISSED" })
        }
    };
    println!("{name:<60} {value:>12.2} {bar:>10}  {verdict}");
}
