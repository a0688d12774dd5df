//! All processes below one, told apart from later ones of the same number by their start.

use std::collections::HashMap;

use rustix::process::Pid;

use crate::http::PATIENCE;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    /// In clock ticks since the machine's start.
    started: u64,
    name: String,
    is_dead: bool,
}

#[derive(Debug)]
pub(crate) struct Descendants(Vec<Process>);

impl Descendants {
    pub(crate) fn of(ancestor: Pid) -> Self {
        let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
        for process in all() {
            children.entry(process.parent).or_default().push(process);
        }
        let mut found = Vec::new();
        let mut ancestors = vec![ancestor.as_raw_nonzero().get()];
        while let Some(parent) = ancestors.pop() {
            let below = children.remove(&parent).unwrap_or_default();
            ancestors.extend(below.iter().map(|process| process.pid));
            found.extend(below);
        }
        Self(found)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn named(&self, start: &str) -> usize {
        self.0.iter().filter(|process| process.name.starts_with(start)).count()
    }

    /// Kills the one process that this server started of its own program.
    pub(crate) fn kill_launcher_of(&self, server: Pid) {
        let server = server.as_raw_nonzero().get();
        let is_launcher =
            |process: &&Process| process.parent == server && process.name.starts_with("tidegate");
        let mut children = self.0.iter().filter(is_launcher);
        let child = children.next().expect("a child");
        assert_eq!(children.next(), None);
        let pid = Pid::from_raw(child.pid).expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("sent");
    }

    /// A killed process takes a moment to be gone, so this looks again until it is.
    pub(crate) fn assert_gone(&self) {
        const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
        let mut left = PATIENCE;
        loop {
            let alive: Vec<_> = self.0.iter().filter(|process| is_alive(process)).collect();
            if alive.is_empty() {
                return;
            }
            left = left.checked_sub(LOOK).unwrap_or_else(|| panic!("survived: {alive:?}"));
            std::thread::sleep(LOOK);
        }
    }
}

fn is_alive(process: &Process) -> bool {
    let now = std::fs::read_to_string(format!("/proc/{}/stat", process.pid)).ok();
    let now = now.as_deref().and_then(parse);
    now.is_some_and(|now| now.started == process.started && !now.is_dead)
}

fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let numbers = entries.filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter_map(|pid| parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect()
}

/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn parse(stat: &str) -> Option<Process> {
    let (before, after) = stat.rsplit_once(')')?;
    let (pid, name) = before.split_once(" (")?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    Some(Process {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        name: name.to_owned(),
        is_dead: matches!(*fields.first()?, "Z" | "X"),
    })
}
