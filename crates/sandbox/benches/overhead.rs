//! What a sandbox costs on top of fork and exec: `cargo bench -p tidegate-sandbox`. The span ends with the
//! program's first byte on a pipe. Each round starts one process of every kind, so that all see the same
//! machine.

use std::fs;
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use model::{ByteSize, Clock, Moment, SandboxMode, SystemClock};
use sandbox::{Filesystem, Launcher, Process, Spec, TARGET_TASK};
use tokio::runtime::Runtime;

const HOSTILE: &str = env!("CARGO_BIN_EXE_tidegate-sandbox-hostile");
const ROUNDS: usize = 500;
const BURST: usize = 8;
/// `/proc` counts processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

struct Bench {
    launcher: Launcher,
    runtime: Runtime,
    clock: SystemClock,
}

fn main() {
    // `cargo test --benches` only wants to know that it compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let bench = Bench {
        launcher: Launcher::start(Path::new(HOSTILE), &["launcher"]).expect("the launcher starts"),
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts"),
        clock: SystemClock::start(),
    };
    for (layer, status) in bench.launcher.capabilities().layers() {
        println!("{layer}: {status:?}");
    }
    bench.compare();
    bench.count_processor_time();
    bench.weigh();
}

impl Bench {
    fn compare(&self) {
        let mut rows = [
            "fork + exec",
            "launcher, off",
            "sandbox",
            "sandbox, spawn() returned",
            "sandbox, 8 at once, each",
        ]
        .map(|name| (name, Vec::with_capacity(ROUNDS)));
        for round in 0..ROUNDS {
            rows[0].1.push(self.fork_and_exec());
            rows[1].1.push(self.spawn(SandboxMode::Off).0);
            let (first_byte, returned) = self.spawn(SandboxMode::BestEffort);
            rows[2].1.push(first_byte);
            rows[3].1.push(returned);
            if round % 10 == 0 {
                rows[4].1.push(self.burst());
            }
        }
        println!(
            "\n{:<28}{:>8}{:>8}{:>8}{:>8}",
            "to the first byte, us", "min", "p50", "p90", "p99"
        );
        for (name, mut times) in rows {
            times.sort();
            let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
            println!("{name:<28}{:>8}{:>8}{:>8}{:>8}", at(0), at(50), at(90), at(99));
        }
    }

    fn fork_and_exec(&self) -> Duration {
        let (reader, writer) = std::io::pipe().expect("a pipe opens");
        let began = self.clock.moment();
        let mut child = Command::new(HOSTILE)
            .arg("true")
            .env_clear()
            .stdout(writer)
            .spawn()
            .expect("the program starts");
        let span = self.until_first_byte(reader, began);
        child.wait().expect("the program ends");
        span
    }

    /// Until the first byte, and until `spawn` had returned.
    fn spawn(&self, mode: SandboxMode) -> (Duration, Duration) {
        let (spec, reader) = self.specification(mode);
        let began = self.clock.moment();
        let process = self.runtime.block_on(self.launcher.spawn(spec)).expect("the program starts");
        let returned = self.clock.moment().since(began);
        let first_byte = self.until_first_byte(reader, began);
        self.runtime.block_on(process.exited());
        (first_byte, returned)
    }

    fn burst(&self) -> Duration {
        let began = self.clock.moment();
        self.runtime.block_on(async {
            let mut started: Vec<(tokio::task::JoinHandle<Process>, PipeReader)> = Vec::new();
            for _ in 0..BURST {
                let (spec, reader) = self.specification(SandboxMode::BestEffort);
                let launcher = self.launcher.clone();
                let spawn = async move { launcher.spawn(spec).await.expect("the program starts") };
                started.push((tokio::spawn(spawn), reader));
            }
            for (process, mut reader) in started {
                let process = process.await.expect("no panic");
                reader.read_exact(&mut [0]).expect("the program writes");
                process.exited().await;
            }
        });
        self.clock.moment().since(began) / u32::try_from(BURST).unwrap_or(1)
    }

    fn until_first_byte(&self, mut reader: PipeReader, began: Moment) -> Duration {
        reader.read_exact(&mut [0]).expect("the program writes");
        self.clock.moment().since(began)
    }

    fn specification(&self, mode: SandboxMode) -> (Spec, PipeReader) {
        let folder = Path::new(HOSTILE).parent().expect("a program is in a folder");
        let program = match self.launcher.capabilities().filesystem(mode) {
            Filesystem::Private => Path::new(TARGET_TASK).join("tidegate-sandbox-hostile"),
            Filesystem::Host => PathBuf::from(HOSTILE),
        };
        let mut spec = Spec::new(program, mode);
        spec.arguments = vec!["true".into()];
        spec.limits.memory = Some(ByteSize::mib(128));
        spec.binds = vec![sandbox::Bind::read_only(folder, TARGET_TASK)];
        let (reader, writer) = std::io::pipe().expect("a pipe opens");
        spec.stdout = Some(OwnedFd::from(writer));
        (spec, reader)
    }

    /// Of everything that starting and ending a process takes, program included.
    fn count_processor_time(&self) {
        let rounds = u32::try_from(ROUNDS).unwrap_or(1);
        let before = processor_time("self", 15..17);
        for _ in 0..ROUNDS {
            self.fork_and_exec();
        }
        let plain = (processor_time("self", 15..17) - before) / rounds;
        let launcher = self.launcher.pid().to_string();
        let before = processor_time(&launcher, 13..17);
        for _ in 0..ROUNDS {
            self.spawn(SandboxMode::BestEffort);
        }
        let sandboxed = (processor_time(&launcher, 13..17) - before) / rounds;
        println!("\nprocessor time each, us: fork + exec {plain:?}, sandbox {sandboxed:?}");
    }

    /// What stays in memory between starts.
    fn weigh(&self) {
        let launcher = self.launcher.pid();
        let mut pids = vec![launcher];
        let mut next = 0;
        while let Some(pid) = pids.get(next) {
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
            let children = children.unwrap_or_default();
            pids.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            next += 1;
        }
        for pid in pids {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
            let line = |name| text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            println!("{pid}: {}, {}", line("Rss:"), line("Pss:"));
        }
    }
}

/// The sum of these fields of `/proc/<pid>/stat`, counted from zero.
fn processor_time(pid: &str, fields: std::ops::Range<usize>) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u32 = after_name
        .split(' ')
        .skip(fields.start - 2)
        .take(fields.len())
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    TICK * ticks
}
