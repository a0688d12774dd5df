//! The pages of the program's own file that are mapped.

use std::path::Path;

use rustix::mm::{Advice, madvise};

/// Unmaps the code and the constants that only the start of this process needed, a third of all that an idle
/// server has in memory. What is used again is found in the page cache. A debugger would lose its
/// breakpoints, so that who is traced forgets nothing.
pub fn forget_start() {
    if is_traced() {
        return;
    }
    let Ok(maps) = std::fs::read_to_string("/proc/self/smaps") else { return };
    let Ok(program) = std::env::current_exe() else { return };
    for (start, length) in unchanged(&program, &maps) {
        forget(start, length);
    }
}

#[expect(unsafe_code, reason = "there is no safe way to name memory by its address")]
fn forget(start: usize, length: usize) {
    // SAFETY: the kernel said that these pages are private, not writable, and that none of them was ever
    // written (none is anonymous), and they are the program's own file, which stays where it is until the
    // process ends. `MADV_DONTNEED` makes the next access read them from that file again, so that whoever
    // runs or reads them, on this thread or another, finds the same bytes before and after.
    let forgotten = unsafe { madvise(start as *mut _, length, Advice::LinuxDontNeed) };
    // They stay mapped then, which is no worse than before.
    let _ = forgotten;
}

fn is_traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|tracer| tracer.trim() != "0")
}

/// Start and length of each mapping of the program's file that nobody may write and that still equals the file.
fn unchanged(program: &Path, smaps: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut last = None;
    for line in smaps.lines() {
        if let Some(kibibytes) = line.strip_prefix("Anonymous:") {
            // Relocated constants are read-only by now, but they are no longer the file's.
            found.extend(last.take().filter(|_| kibibytes.trim() == "0 kB"));
        } else if line.contains('/') {
            last = read_only(program, line);
        }
    }
    found
}

/// Start and length of a mapping, from its first line, if it is one of the program's file that nobody may write.
fn read_only(program: &Path, line: &str) -> Option<(usize, usize)> {
    let (numbers, path) = line.split_at(line.find('/')?);
    let mut fields = numbers.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let is_private = matches!(fields.next()?, "r-xp" | "r--p");
    let [start, end] = [start, end].map(|text| usize::from_str_radix(text, 16));
    let (start, end) = (start.ok()?, end.ok()?);
    (is_private && Path::new(path) == program).then_some((start, end.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_equals_the_file_of_the_program_is_forgotten() {
        let mapping = |first: &str, anonymous: &str| {
            format!("{first}\nSize: 4096 kB\nAnonymous: {anonymous} kB\n")
        };
        let smaps = [
            mapping("55d000000000-55d000400000 r--p 00000000 fe:00 99 /usr/bin/tide gate", "0"),
            mapping("55d000400000-55d001800000 r-xp 00400000 fe:00 99 /usr/bin/tide gate", "0"),
            mapping("55d001800000-55d001900000 r--p 01800000 fe:00 99 /usr/bin/tide gate", "532"),
            mapping("55d001900000-55d001a00000 rw-p 01900000 fe:00 99 /usr/bin/tide gate", "0"),
            mapping("7f0000000000-7f0000100000 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6", "0"),
            mapping("7f0000200000-7f0000300000 r--p 00000000 00:00 0 ", "0"),
        ]
        .concat();
        let unchanged = unchanged(Path::new("/usr/bin/tide gate"), &smaps);
        assert_eq!(unchanged, [(0x55d0_0000_0000, 0x40_0000), (0x55d0_0040_0000, 0x140_0000)]);
    }

    #[test]
    fn a_program_goes_on_after_it() {
        let mapped = || {
            let smaps = std::fs::read_to_string("/proc/self/smaps").expect("readable");
            unchanged(&std::env::current_exe().expect("a program"), &smaps)
        };
        let before = mapped();
        assert!(before.len() >= 2);
        forget_start();
        assert_eq!(mapped(), before);
    }
}
