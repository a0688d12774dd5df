//! What a program may use has an end, and the end is its own.

use model::ByteSize;
use sandbox::ExitReason;

use crate::support::{User, counts_memory, hostile, launcher, run, start, users};

#[tokio::test]
async fn fork_bomb() {
    for user in users() {
        let launcher = launcher(user);
        let mut spec = hostile(&launcher, &["fork-bomb", "2000"]);
        spec.limits.processes = 32;
        let (exit, text) = run(&launcher, spec).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
    }
}

/// Needs a cgroup: no bound per process stops memory that is spread over several.
#[tokio::test]
async fn memory_bombs_end_only_their_own_sandbox() {
    let launcher = launcher(User::Current);
    if !counts_memory(&launcher) {
        return;
    }
    for bomb in ["memory-bomb", "memfd-bomb"] {
        let mut spec = hostile(&launcher, &[bomb]);
        spec.limits.memory = Some(ByteSize::mib(64));
        let (exit, text) = run(&launcher, spec).await;
        assert!(exit.out_of_memory, "{bomb}: {exit:?} {text}");
        assert_eq!(exit.reason, ExitReason::Signal(libc::SIGKILL), "{bomb}");
        assert!(exit.usage.memory_peak > 32 << 20, "{bomb}: {exit:?}");
    }
    let (exit, _) = run(&launcher, hostile(&launcher, &["true"])).await;
    assert_eq!(exit.reason, ExitReason::Code(0));
    assert!(!exit.out_of_memory);
}

#[tokio::test]
async fn room_in_tmp_is_bounded_in_bytes_and_files() {
    for user in users() {
        let launcher = launcher(user);
        for attempt in [["disk-fill", "9000000"], ["inode-fill", "5000"]] {
            let mut spec = hostile(&launcher, &attempt);
            spec.temporary = ByteSize::mib(8);
            let (exit, text) = run(&launcher, spec).await;
            assert_eq!(exit.reason, ExitReason::Code(0), "{user:?} {attempt:?}: {text}");
        }
    }
}

#[tokio::test]
async fn open_files() {
    for user in users() {
        let launcher = launcher(user);
        let mut spec = hostile(&launcher, &["open-files", "64"]);
        spec.limits.open_files = 64;
        let (exit, text) = run(&launcher, spec).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
    }
}

/// Output that nobody reads stays in a pipe; the launcher neither reads nor waits for it.
#[tokio::test]
async fn a_flood_of_output_holds_up_nobody() {
    let launcher = launcher(User::Current);
    let (flood, output) = start(&launcher, hostile(&launcher, &["flood"])).await;
    let (_, unread) = output.first(1 << 20).await;
    let (exit, _) = run(&launcher, hostile(&launcher, &["true"])).await;
    assert_eq!(exit.reason, ExitReason::Code(0));
    flood.kill();
    assert_eq!(flood.exited().await.reason, ExitReason::Signal(libc::SIGKILL));
    drop(unread);
}

#[tokio::test]
async fn time_on_the_processor_is_counted() {
    let launcher = launcher(User::Current);
    let mut spec = hostile(&launcher, &["symlink-race", "/nowhere"]);
    spec.limits.cpus = Some(0.5);
    let (exit, text) = run(&launcher, spec).await;
    assert_eq!(exit.reason, ExitReason::Code(0), "{text}");
    assert!(!(exit.usage.user_time + exit.usage.system_time).is_zero());
}
