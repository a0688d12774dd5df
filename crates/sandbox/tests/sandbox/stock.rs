//! A sandbox that was prepared ahead is like one that was built for its request.

use model::{ByteSize, SandboxMode};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sandbox::{Bind, ExitReason, Launcher, Spec};

use crate::support::{
    User, code_folder, counts_memory, descendants, hostile, launcher, run, users,
};

#[tokio::test]
async fn nothing_is_prepared_before_a_start_is_expected() {
    for user in users() {
        let launcher = launcher(user);
        assert!(descendants(launcher.pid()).is_empty(), "{user:?}");
    }
}

#[tokio::test]
async fn an_expected_start_is_prepared_for() {
    for user in users() {
        let launcher = launcher(user);
        let mut spec = hostile(&launcher, &["true"]);
        spec.limits.processes = 7;
        launcher.expect(&spec);
        while descendants(launcher.pid()).len() < 2 {
            tokio::task::yield_now().await;
        }
        let (exit, _) = run(&launcher, hostile(&launcher, &["true"])).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}");
    }
}

/// A launcher that has something in stock: what is below it when no program runs.
async fn stocked(user: User) -> Launcher {
    let launcher = launcher(user);
    while descendants(launcher.pid()).len() < 2 {
        let (exit, _) = run(&launcher, hostile(&launcher, &["true"])).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}");
    }
    launcher
}

#[tokio::test]
async fn bounds_are_those_of_the_request() {
    for user in users() {
        let launcher = stocked(user).await;
        for (processes, temporary, open_files) in [(32, 8, 64), (16, 4, 32), (64, 16, 128)] {
            for attempt in [
                vec!["fork-bomb".to_owned(), "200".into()],
                vec!["disk-fill".into(), ((temporary << 20) + 1).to_string()],
                vec!["open-files".into(), open_files.to_string()],
            ] {
                let arguments: Vec<&str> = attempt.iter().map(String::as_str).collect();
                let mut spec = hostile(&launcher, &arguments);
                spec.limits.processes = processes;
                spec.temporary = ByteSize::mib(temporary);
                spec.limits.open_files = open_files;
                let (exit, text) = run(&launcher, spec).await;
                assert_eq!(exit.reason, ExitReason::Code(0), "{user:?} {attempt:?}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn memory_is_bounded_up_and_down() {
    let launcher = stocked(User::Current).await;
    if !counts_memory(&launcher) {
        return;
    }
    for memory in [64, 256, 32, 512] {
        let mut spec = hostile(&launcher, &["memory-bomb"]);
        spec.limits.memory = Some(ByteSize::mib(memory));
        let (exit, text) = run(&launcher, spec).await;
        assert_eq!(exit.reason, ExitReason::Signal(libc::SIGKILL), "{memory} MiB: {text}");
        assert!(exit.usage.memory_peak <= memory << 20, "{memory} MiB: {exit:?}");
        assert!(exit.usage.memory_peak > memory << 19, "{memory} MiB: {exit:?}");
    }
}

#[tokio::test]
async fn nothing_of_one_program_reaches_the_next() {
    for user in users() {
        let launcher = stocked(user).await;
        for round in 0..8 {
            let mut spec = Spec::new("/bin/sh", SandboxMode::BestEffort);
            spec.environment = vec![("PATH".into(), "/usr/bin:/bin".into())];
            spec.environment.push((format!("ROUND_{round}").into(), "here".into()));
            let target = format!("/mnt/round-{round}");
            spec.binds = vec![Bind::read_only(code_folder(), &target)];
            let script = "env | grep -c ROUND; grep -c ' /mnt/' /proc/self/mounts; \
                          ls /tmp | wc -l; ls /proc/self/fd | wc -l; echo mine > /tmp/file";
            spec.arguments = vec!["-c".into(), script.into()];
            let (exit, text) = run(&launcher, spec).await;
            assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
            // Three streams, and the folder being listed.
            assert_eq!(text, "1\n1\n0\n4\n", "{user:?} {round}");
        }
    }
}

#[tokio::test]
async fn one_that_has_died_is_not_handed_out() {
    for user in users() {
        let launcher = stocked(user).await;
        for pid in descendants(launcher.pid()) {
            let pid = Pid::from_raw(pid.cast_signed()).unwrap();
            // Programs-to-be go with their keepers.
            let Ok(end) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
            let _ = pidfd_send_signal(&end, Signal::KILL);
            poll(&mut [PollFd::new(&end, PollFlags::IN)], None).unwrap();
        }
        for _ in 0..3 {
            let (exit, text) = run(&launcher, hostile(&launcher, &["status"])).await;
            assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
        }
    }
}
