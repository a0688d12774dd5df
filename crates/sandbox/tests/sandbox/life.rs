//! Processes end when they should, with everything they started.

use std::os::fd::OwnedFd;
use std::path::Path;

use model::SandboxMode;
use sandbox::{Bind, ExitReason, Launcher, SpawnError, Spec};

use crate::support::{
    HOSTILE, User, code_folder, hostile, is_alive, launcher, null, run, start, users,
};

#[tokio::test]
async fn exit_codes_and_signals_are_reported() {
    let launcher = launcher(User::Current);
    for (script, expected) in [
        ("exit 7", ExitReason::Code(7)),
        ("kill -TERM $$", ExitReason::Signal(libc::SIGTERM)),
        ("kill -SEGV $$", ExitReason::Signal(libc::SIGSEGV)),
    ] {
        let mut spec = Spec::new("/bin/sh", SandboxMode::BestEffort);
        spec.arguments = vec!["-c".into(), script.into()];
        assert_eq!(run(&launcher, spec).await.0.reason, expected, "{script}");
    }
}

#[tokio::test]
async fn a_killed_process_leaves_no_daemon() {
    for user in users() {
        let launcher = launcher(user);
        for mode in [SandboxMode::BestEffort, SandboxMode::Off] {
            let (process, output) = start(&launcher, in_mode(&launcher, mode, "daemon")).await;
            let (started, output) = output.first("started".len()).await;
            assert_eq!(started, "started");
            process.kill();
            assert_eq!(
                process.exited().await.reason,
                ExitReason::Signal(libc::SIGKILL),
                "{user:?} {mode:?}"
            );
            // The daemon holds the other end: this only returns once it is gone.
            output.rest().await;
        }
    }
}

#[tokio::test]
async fn a_process_that_ends_leaves_no_daemon() {
    for user in users() {
        let launcher = launcher(user);
        for mode in [SandboxMode::BestEffort, SandboxMode::Off] {
            let (exit, _) = run(&launcher, in_mode(&launcher, mode, "daemon-and-exit")).await;
            assert_eq!(exit.reason, ExitReason::Code(0), "{user:?} {mode:?}");
        }
    }
}

#[tokio::test]
async fn a_program_runs_where_it_is_placed_and_anywhere_again() {
    // Each line appears once the processors are the wanted ones.
    let script = r#"
        seen() { sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/$$/status; }
        anywhere=$(seen)
        echo ready; until [ "$(seen)" = "$1" ]; do :; done
        echo placed; until [ "$(seen)" = "$anywhere" ]; do :; done
        echo free"#;
    let processors = rustix::thread::sched_getaffinity(None).unwrap();
    let one = (0..16).find(|number| processors.is_set(usize::from(*number))).unwrap();
    for user in users() {
        let launcher = launcher(user);
        for mode in [SandboxMode::BestEffort, SandboxMode::Off] {
            let mut spec = Spec::new("/bin/sh", mode);
            spec.arguments = ["-c", script, "sh", &one.to_string()].map(Into::into).to_vec();
            let (process, output) = start(&launcher, spec).await;
            let (_, output) = output.first("ready\n".len()).await;
            process.place(Some(one));
            let (_, output) = output.first("placed\n".len()).await;
            process.place(None);
            assert_eq!(output.rest().await, "free\n", "{user:?} {mode:?}");
        }
    }
}

fn in_mode(launcher: &Launcher, mode: SandboxMode, attempt: &str) -> Spec {
    let mut spec = hostile(launcher, &[attempt]);
    spec.mode = mode;
    if mode == SandboxMode::Off {
        spec.program = code_folder().join("hostile");
    }
    spec
}

#[tokio::test]
async fn a_signal_reaches_the_program_and_its_group() {
    for mode in [SandboxMode::BestEffort, SandboxMode::Off] {
        let launcher = launcher(User::Current);
        let mut spec = Spec::new("/bin/sh", mode);
        let script = "trap 'echo got it; exit 3' TERM; echo started; while :; do sleep 0.01; done";
        spec.arguments = vec!["-c".into(), script.into()];
        let (process, output) = start(&launcher, spec).await;
        let (_, output) = output.first("started\n".len()).await;
        process.signal(libc::SIGTERM);
        assert_eq!(process.exited().await.reason, ExitReason::Code(3), "{mode:?}");
        let text = output.rest().await;
        // A shell may report first that what it was waiting for was terminated too.
        assert!(text.ends_with("got it\n"), "{mode:?}: {text}");
    }
}

#[tokio::test]
async fn dropping_a_process_kills_it() {
    let launcher = launcher(User::Current);
    let (process, output) = start(&launcher, hostile(&launcher, &["daemon"])).await;
    let (_, output) = output.first("started".len()).await;
    drop(process);
    output.rest().await;
}

#[tokio::test]
async fn a_dead_launcher_takes_its_processes_along_and_can_be_restarted() {
    for user in users() {
        let launcher = launcher(user);
        let (process, output) = start(&launcher, hostile(&launcher, &["daemon"])).await;
        let (_, output) = output.first("started".len()).await;
        let pid = rustix::process::Pid::from_raw(launcher.pid().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        output.rest().await;
        assert_eq!(process.exited().await.reason, ExitReason::LauncherLost);
        launcher.lost().await;
        let refused = launcher.spawn(hostile(&launcher, &["true"])).await;
        assert!(matches!(refused, Err(SpawnError::LauncherLost)), "{refused:?}");
        launcher.restart().unwrap();
        assert_eq!(
            run(&launcher, hostile(&launcher, &["bpf"])).await.0.reason,
            ExitReason::Code(0)
        );
    }
}

/// The socket closes however the server dies, so closing it is how a test can die.
#[tokio::test]
async fn a_dead_server_takes_launcher_and_processes_along() {
    for user in users() {
        let launcher = launcher(user);
        let pid = launcher.pid();
        let (process, output) = start(&launcher, hostile(&launcher, &["daemon"])).await;
        let (_, output) = output.first("started".len()).await;
        drop((process, launcher));
        output.rest().await;
        assert!(!is_alive(pid), "{user:?}");
    }
}

#[tokio::test]
async fn a_program_that_cannot_run_is_named() {
    let launcher = launcher(User::Current);
    let missing = launcher
        .spawn(Spec::new("/var/task/bootstrap", SandboxMode::BestEffort))
        .await
        .unwrap_err();
    assert_eq!(
        missing.to_string(),
        "cannot run /var/task/bootstrap: No such file or directory (os error 2)"
    );
    let mut spec = hostile(&launcher, &["true"]);
    spec.binds.push(Bind::read_only("/nowhere/at/all", "/opt"));
    let missing = launcher.spawn(spec).await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "cannot show /nowhere/at/all as /opt: No such file or directory (os error 2)"
    );
}

#[tokio::test]
async fn only_the_given_environment_and_files_are_inherited() {
    let launcher = launcher(User::Current);
    let mut spec = Spec::new("/usr/bin/env", SandboxMode::BestEffort);
    spec.environment = vec![("ONLY".into(), "this".into())];
    spec.inherited = vec![null(), null()];
    assert_eq!(run(&launcher, spec).await.1, "ONLY=this\n");
    let mut spec = Spec::new("/bin/ls", SandboxMode::BestEffort);
    spec.arguments = vec!["/proc/self/fd".into()];
    spec.inherited = vec![null(), null()];
    // 5 is the folder that is being listed.
    assert_eq!(run(&launcher, spec).await.1, "0\n1\n2\n3\n4\n5\n");
}

#[tokio::test]
async fn standard_input_is_empty_unless_given() {
    let launcher = launcher(User::Current);
    assert_eq!(run(&launcher, Spec::new("/bin/cat", SandboxMode::BestEffort)).await.1, "");
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, b"given").unwrap();
    drop(writer);
    let mut spec = Spec::new("/bin/cat", SandboxMode::BestEffort);
    spec.stdin = Some(OwnedFd::from(reader));
    assert_eq!(run(&launcher, spec).await.1, "given");
}

#[tokio::test]
async fn a_data_folder_can_be_written() {
    for user in users() {
        let launcher = launcher(user);
        let folder = tempfile::tempdir_in(code_folder().parent().unwrap()).unwrap();
        if user == User::Ordinary {
            std::os::unix::fs::chown(folder.path(), Some(1000), Some(1000)).unwrap();
        }
        let mut spec = Spec::new("/bin/sh", SandboxMode::BestEffort);
        spec.arguments =
            vec!["-c".into(), "echo kept > /mnt/data/file && cat /mnt/data/file".into()];
        spec.binds = vec![Bind::read_write(folder.path(), "/mnt/data")];
        let (exit, text) = run(&launcher, spec).await;
        assert_eq!((exit.reason, text.as_str()), (ExitReason::Code(0), "kept\n"), "{user:?}");
        assert_eq!(std::fs::read_to_string(folder.path().join("file")).unwrap(), "kept\n");
    }
}

#[tokio::test]
async fn many_start_at_once() {
    let launcher = launcher(User::Current);
    let runs = (0..40).map(|_| {
        let launcher = launcher.clone();
        tokio::spawn(async move { run(&launcher, hostile(&launcher, &["bpf"])).await.0.reason })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.unwrap(), ExitReason::Code(0));
    }
}

#[tokio::test]
async fn something_that_is_no_launcher_is_refused() {
    let refused = Launcher::start(Path::new("/bin/true"), &[]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the sandbox launcher `/bin/true` did not introduce itself: it ended at once; is it the same version?"
    );
    let refused = Launcher::start(Path::new("/nowhere"), &[]).unwrap_err();
    assert!(
        refused.to_string().starts_with("the sandbox launcher `/nowhere` did not start: "),
        "{refused}"
    );
    assert!(Launcher::start(Path::new(HOSTILE), &["launcher"]).is_ok());
}
