//! Attempts to use up what others need.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::time::Duration;

use crate::Outcome;
use crate::calls::{call, fork};

pub(crate) fn run(name: &str, rest: &[&str]) -> Option<Outcome> {
    let bound: usize = rest.first().and_then(|text| text.parse().ok()).unwrap_or(0);
    Some(match name {
        "fork-bomb" => fork_bomb(bound),
        "memory-bomb" => memory_bomb(),
        "memfd-bomb" => fill_memory_file(),
        "disk-fill" => disk_fill(bound),
        "inode-fill" => inode_fill(bound),
        "open-files" => open_files(bound),
        "daemon" => daemon(),
        "daemon-and-exit" => daemon_and_exit(),
        "flood" => flood(),
        "sleep" => sleep(),
        _ => return None,
    })
}

/// Children wait, so that they count.
fn fork_bomb(bound: usize) -> Outcome {
    for count in 0..bound {
        match fork() {
            Ok(true) => sleep_for_ever(),
            Ok(false) => {}
            Err(libc::EAGAIN) => return Ok(format!("stopped at {count}")),
            Err(error) => return Err(format!("error {error} after {count}")),
        }
    }
    Err(format!("{bound} processes"))
}

/// Never returns: the kernel is expected to end it.
fn memory_bomb() -> Outcome {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    while hoard.len() < 4096 {
        hoard.push(vec![1; 1 << 20]);
    }
    Err(format!("{} MiB", hoard.len()))
}

fn fill_memory_file() -> Outcome {
    let fd = rustix::fs::memfd_create(c"hoard", rustix::fs::MemfdFlags::CLOEXEC)
        .map_err(|e| e.to_string())?;
    let mut file = File::from(fd);
    let block = vec![1; 1 << 20];
    for _ in 0..4096 {
        file.write_all(&block).map_err(|error| error.to_string())?;
    }
    Err("4 GiB".into())
}

fn disk_fill(bound: usize) -> Outcome {
    let mut file = File::create("/tmp/fill").map_err(|error| error.to_string())?;
    let block = vec![1; 64 << 10];
    let mut written = 0;
    while written <= bound {
        match file.write(&block) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                return Ok(format!("full at {written}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("{written} bytes"))
}

fn inode_fill(bound: usize) -> Outcome {
    for count in 0..=bound {
        match File::create(format!("/tmp/{count}")) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                return Ok(format!("full at {count}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("{bound} files"))
}

fn open_files(bound: usize) -> Outcome {
    let mut open = Vec::new();
    while open.len() <= bound {
        match File::open("/dev/null") {
            Ok(file) => open.push(file),
            Err(error) if error.raw_os_error() == Some(libc::EMFILE) => {
                return Ok(format!("stopped at {}", open.len()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("{} files", open.len()))
}

/// Leaves the session and the process group behind, as a daemon does, and holds on to standard output.
fn daemon() -> Outcome {
    if fork().map_err(|error| error.to_string())? {
        let _ = call(libc::SYS_setsid, [0; 6]);
        if fork().unwrap_or(true) {
            sleep_for_ever();
        }
        std::process::abort();
    }
    println!("started");
    sleep_for_ever();
}

fn daemon_and_exit() -> Outcome {
    if fork().map_err(|error| error.to_string())? {
        let _ = call(libc::SYS_setsid, [0; 6]);
        sleep_for_ever();
    }
    Ok("left a daemon behind".into())
}

fn flood() -> Outcome {
    let block = vec![b'x'; 64 << 10];
    let mut out = std::io::stdout().lock();
    loop {
        out.write_all(&block).map_err(|error| error.to_string())?;
    }
}

fn sleep() -> Outcome {
    println!("started");
    sleep_for_ever();
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::sleep(Duration::from_hours(1));
    }
}
