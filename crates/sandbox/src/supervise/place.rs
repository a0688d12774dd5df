//! Which processors a program runs on. Its keeper sees to it, because it has the program's rights, and knows
//! its pid for as long as nobody else can have it.

use std::fs;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Moves all threads of the program, which is not reaped yet. `place` is a processor's number and one, or 0
/// for all that this keeper may use.
pub(super) fn place(program: Pid, place: i32) {
    let Some(processors) = processors(place) else { return };
    let threads = fs::read_dir(format!("/proc/{}/task", program.as_raw_nonzero()));
    // Without a /proc only the first thread is known.
    let Ok(threads) = threads else {
        let _ = sched_setaffinity(Some(program), &processors);
        return;
    };
    for thread in threads.flatten() {
        let name = thread.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        // A thread that has just ended runs nowhere.
        let _ = number.map(|thread| sched_setaffinity(Some(thread), &processors));
    }
}

fn processors(place: i32) -> Option<CpuSet> {
    let Some(number) = place.checked_sub(1).and_then(|number| usize::try_from(number).ok()) else {
        return sched_getaffinity(None).ok();
    };
    let mut one = CpuSet::new();
    if number >= CpuSet::MAX_CPU {
        return None;
    }
    one.set(number);
    Some(one)
}
