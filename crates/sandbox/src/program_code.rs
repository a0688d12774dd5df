//! The pages of the program's own code that are mapped.

use std::path::Path;

use rustix::mm::{Advice, madvise};

/// Unmaps what only the start of this process needed, a third of all that an idle server has in memory. What is
/// called again is found in the page cache. A debugger would lose its breakpoints, so that who is traced
/// forgets nothing.
pub fn forget_start() {
    if is_traced() {
        return;
    }
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    let Ok(program) = std::env::current_exe() else { return };
    for (start, length) in code_of(&program, &maps) {
        forget(start, length);
    }
}

#[expect(unsafe_code, reason = "there is no safe way to name memory by its address")]
fn forget(start: usize, length: usize) {
    // SAFETY: the kernel said that these pages are private and not writable, and they are the code of the
    // program itself, which stays where it is until the process ends. `MADV_DONTNEED` makes the next
    // access read them from the program's file again, so that whoever runs or reads them, on this thread
    // or another, finds the same bytes before and after.
    let forgotten = unsafe { madvise(start as *mut _, length, Advice::LinuxDontNeed) };
    // They stay mapped then, which is no worse than before.
    let _ = forgotten;
}

fn is_traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|tracer| tracer.trim() != "0")
}

/// Start and length of each mapping of the program's file that holds code.
fn code_of(program: &Path, maps: &str) -> Vec<(usize, usize)> {
    let code = |line: &str| {
        let (numbers, path) = line.split_at(line.find('/')?);
        let mut fields = numbers.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let is_code = fields.next()? == "r-xp" && Path::new(path) == program;
        let [start, end] = [start, end].map(|text| usize::from_str_radix(text, 16));
        let (start, end) = (start.ok()?, end.ok()?);
        is_code.then_some((start, end.checked_sub(start)?))
    };
    maps.lines().filter_map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_of_the_program_is_forgotten() {
        let maps = "\
55d000000000-55d000400000 r--p 00000000 fe:00 99 /usr/bin/tide gate
55d000400000-55d001800000 r-xp 00400000 fe:00 99 /usr/bin/tide gate
55d001800000-55d001900000 rw-p 01800000 fe:00 99 /usr/bin/tide gate
7f0000000000-7f0000100000 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6
7f0000200000-7f0000300000 rw-p 00000000 00:00 0
";
        let code = code_of(Path::new("/usr/bin/tide gate"), maps);
        assert_eq!(code, [(0x55d0_0040_0000, 0x140_0000)]);
    }

    #[test]
    fn a_program_goes_on_after_it() {
        let code = || {
            let maps = std::fs::read_to_string("/proc/self/maps").expect("readable");
            code_of(&std::env::current_exe().expect("a program"), &maps)
        };
        let before = code();
        assert!(!before.is_empty());
        forget_start();
        assert_eq!(code(), before);
    }
}
