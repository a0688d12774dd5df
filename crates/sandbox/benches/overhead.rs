//! What a sandbox costs on top of fork and exec: `cargo bench -p tidegate-sandbox`. Each round starts and
//! awaits one process of every kind, so that all see the same machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use model::{ByteSize, Clock, SandboxMode, SystemClock};
use sandbox::{Filesystem, Launcher, Spec, TARGET_TASK};

const HOSTILE: &str = env!("CARGO_BIN_EXE_tidegate-sandbox-hostile");
const ROUNDS: usize = 500;

fn main() {
    // `cargo test --benches` only wants to know that it compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let launcher = Launcher::start(Path::new(HOSTILE), &["launcher"]).expect("the launcher starts");
    for (layer, status) in launcher.capabilities().layers() {
        println!("{layer}: {status:?}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    let clock = SystemClock::start();
    let mut rows: [(&str, Vec<Duration>); 4] = [
        ("fork + exec", vec![]),
        ("launcher, off", vec![]),
        ("sandbox", vec![]),
        ("sandbox, to exec", vec![]),
    ];
    for _ in 0..ROUNDS {
        let began = clock.moment();
        Command::new("/bin/true").env_clear().status().expect("true runs");
        rows[0].1.push(clock.moment().since(began));
        for (row, mode) in [(1, SandboxMode::Off), (2, SandboxMode::BestEffort)] {
            let began = clock.moment();
            let process = runtime
                .block_on(launcher.spawn(specification(&launcher, mode)))
                .expect("true starts");
            let started = clock.moment().since(began);
            runtime.block_on(process.exited());
            rows[row].1.push(clock.moment().since(began));
            if row == 2 {
                rows[3].1.push(started);
            }
        }
    }
    println!("\n{:<20}{:>10}{:>10}", "start and wait, us", "p50", "p99");
    for (name, mut times) in rows {
        times.sort();
        println!(
            "{name:<20}{:>10}{:>10}",
            times[ROUNDS / 2].as_micros(),
            times[ROUNDS * 99 / 100].as_micros()
        );
    }
}

fn specification(launcher: &Launcher, mode: SandboxMode) -> Spec {
    let mut spec = Spec::new(PathBuf::from("/bin/true"), mode);
    spec.limits.memory = Some(ByteSize::mib(128));
    if launcher.capabilities().filesystem(mode) == Filesystem::Private {
        spec.binds = vec![sandbox::Bind::read_only("/usr/share", TARGET_TASK)];
    }
    spec
}
