//! Whatever is killed, no process and no cgroup outlives it.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::support::{User, command, descendants, hostile, launcher, start, users};

#[test]
fn a_server_killed_outright_leaves_nothing_behind() {
    for user in users() {
        let (program, arguments) = command(user, "server");
        let mut server =
            Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let launcher = launcher_named_in(&mut output);
        if user == User::Current {
            assert!(!folders_of(launcher).is_empty(), "its cgroups are elsewhere");
        }
        let ends: Vec<OwnedFd> =
            [launcher].into_iter().chain(descendants(launcher)).map(watched).collect();
        assert!(ends.len() >= 7, "{user:?}: a launcher, three keepers, three programs");
        server.kill().unwrap();
        server.wait().unwrap();
        for end in &ends {
            poll(&mut [PollFd::new(end, PollFlags::IN)], None).unwrap();
        }
        // Daemons hold the other end: this only returns once they are gone.
        output.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(folders_of(launcher), Vec::<PathBuf>::new(), "{user:?}");
    }
}

#[tokio::test]
async fn what_a_killed_launcher_leaves_is_swept() {
    let launcher = launcher(User::Current);
    let (process, output) = start(&launcher, hostile(&launcher, &["daemon"])).await;
    let (_, output) = output.first("started".len()).await;
    let killed = launcher.pid();
    let ends: Vec<OwnedFd> = descendants(killed).into_iter().map(watched).collect();
    kill_process(Pid::from_raw(killed.cast_signed()).unwrap(), Signal::KILL).unwrap();
    output.rest().await;
    process.exited().await;
    for end in &ends {
        poll(&mut [PollFd::new(end, PollFlags::IN)], None).unwrap();
    }
    launcher.restart().unwrap();
    drop((process, launcher));
    assert_eq!(folders_of(killed), Vec::<PathBuf>::new());
}

fn launcher_named_in(output: &mut impl BufRead) -> u32 {
    loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() > 0, "the server ended");
        // What the processes print may share the line.
        if let Some((_, pid)) = line.split_once("launcher ") {
            return pid.trim().parse().unwrap();
        }
    }
}

fn watched(pid: u32) -> OwnedFd {
    pidfd_open(Pid::from_raw(pid.cast_signed()).unwrap(), PidfdFlags::empty()).unwrap()
}

fn folders_of(launcher: u32) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(Path::new("/sys/fs/cgroup"), &format!("tidegate-{launcher}"), &mut found);
    found
}

fn collect(folder: &Path, name: &str, found: &mut Vec<PathBuf>) {
    // Groups come and go while one looks.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.file_name() == name {
            found.push(entry.path());
        }
        collect(&entry.path(), name, found);
    }
}
