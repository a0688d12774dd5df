//! Attempts to reach what is not the program's own.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::calls::{address, call, refused};

const EPERM: &[i32] = &[libc::EPERM];
/// The call does not exist for the program.
const ENOSYS: &[i32] = &[libc::ENOSYS];

pub(crate) fn run(name: &str, rest: &[&str]) -> Option<Outcome> {
    let first = rest.first().copied().unwrap_or("/");
    Some(match name {
        "read-file" => {
            denied(fs::read(first).map(|bytes| format!("{} bytes of {first}", bytes.len())))
        }
        "list-folder" => denied(list(first)),
        "write-file" => {
            denied(OpenOptions::new().write(true).open(first).map(|_| first.to_owned()))
        }
        "create-file" => denied(File::create(first).map(|_| first.to_owned())),
        "remove-file" => denied(fs::remove_file(first).map(|()| first.to_owned())),
        "chmod" => denied(
            fs::set_permissions(first, fs::Permissions::from_mode(0o777))
                .map(|()| first.to_owned()),
        ),
        "ptrace" => ptrace(),
        "read-memory-of-keeper" => read_memory_of_keeper(),
        "raw-socket" => raw_sockets(),
        "mount" => mounts(),
        "unshare" => unshare(),
        "setns" => setns(),
        "bpf" => refused(libc::SYS_bpf, [0, 0, 0, 0, 0, 0], EPERM),
        "keyctl" => keys(),
        "io-uring" => io_uring(),
        "userfaultfd" => refused(libc::SYS_userfaultfd, [0; 6], EPERM),
        "perf-event-open" => perf_event_open(),
        "kernel-module" => kernel_module(),
        "chroot" => chroot(),
        "mknod" => mknod(),
        "open-by-handle" => refused(libc::SYS_open_by_handle_at, [0; 6], EPERM),
        "setuid-program" => setuid_program(first),
        "become-root" => become_root(),
        "symlink-race" => symlink_race(first),
        "signal-supervisor" => signal_supervisor(first),
        "abstract-socket" => abstract_socket(first),
        "environments" => environments(first),
        "cgroup" => cgroup(),
        "tunables" => tunables(),
        "terminal" => terminal(),
        "status" => status(),
        "descriptors" => descriptors(),
        "visible-processes" => visible_processes(),
        _ => return None,
    })
}

fn denied(outcome: io::Result<String>) -> Outcome {
    match outcome {
        Ok(got) => Err(got),
        Err(error) => match error.raw_os_error() {
            Some(libc::ENOENT | libc::EACCES | libc::EPERM | libc::EROFS | libc::ENOTDIR) => {
                Ok(error.to_string())
            }
            _ => Err(format!("failed for another reason: {error}")),
        },
    }
}

/// Every one must be refused.
fn all(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    outcomes.into_iter().collect::<Result<Vec<_>, _>>().map(|all| all.join(", "))
}

fn list(folder: &str) -> io::Result<String> {
    let names: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect();
    Ok(format!("{names:?}"))
}

fn ptrace() -> Outcome {
    let attach = usize::try_from(libc::PTRACE_ATTACH).unwrap_or(0);
    let seize = 0x4206;
    all([(attach, 1), (seize, 1), (attach, std::os::unix::process::parent_id() as usize)]
        .map(|(request, pid)| refused(libc::SYS_ptrace, [request, pid, 0, 0, 0, 0], EPERM)))
}

fn read_memory_of_keeper() -> Outcome {
    let buffer = [0_u8; 8];
    let local = [address(&buffer), buffer.len()];
    let vectors = [address(&local), 1, address(&local), 1, 0];
    let [a, b, c, d, e] = vectors;
    all([
        refused(libc::SYS_process_vm_readv, [1, a, b, c, d, e], EPERM),
        denied(fs::read("/proc/1/environ").map(|b| format!("{} bytes", b.len()))),
        denied(File::open("/proc/1/mem").map(|_| "the keeper's memory".into())),
        denied(fs::read("/proc/1/maps").map(|b| format!("{} bytes", b.len()))),
    ])
}

fn raw_sockets() -> Outcome {
    let socket = |family: i32, kind: i32, protocol: usize| {
        let [family, kind] = [family, kind].map(|n| usize::try_from(n).unwrap_or(0));
        refused(libc::SYS_socket, [family, kind, protocol, 0, 0, 0], EPERM)
    };
    all([
        socket(libc::AF_INET, libc::SOCK_RAW, 1),
        socket(libc::AF_INET6, libc::SOCK_RAW, 58),
        socket(libc::AF_INET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 255),
        socket(libc::AF_PACKET, libc::SOCK_RAW, 0x300),
        socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0x300),
        socket(libc::AF_NETLINK, libc::SOCK_RAW, 9),
        socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0),
        socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0),
    ])
}

fn mounts() -> Outcome {
    let [kind, target, root] = [c"tmpfs", c"/tmp", c"/"].map(|text| text.as_ptr().addr());
    let bind = usize::try_from(libc::MS_BIND).unwrap_or(0);
    all([
        refused(libc::SYS_mount, [kind, target, kind, 0, 0, 0], EPERM),
        refused(libc::SYS_mount, [root, target, 0, bind, 0, 0], EPERM),
        refused(libc::SYS_umount2, [c"/proc".as_ptr().addr(), 2, 0, 0, 0, 0], EPERM),
        refused(libc::SYS_fsopen, [kind, 0, 0, 0, 0, 0], EPERM),
        refused(libc::SYS_open_tree, [0, root, 1, 0, 0, 0], EPERM),
        refused(libc::SYS_move_mount, [0; 6], EPERM),
        refused(libc::SYS_mount_setattr, [0; 6], EPERM),
    ])
}

fn unshare() -> Outcome {
    let flags = [libc::CLONE_NEWUSER, libc::CLONE_NEWNS, libc::CLONE_NEWPID, libc::CLONE_NEWNET];
    let flags = flags.map(|flag| usize::try_from(flag).unwrap_or(0));
    let clone = flags.map(|flag| refused(libc::SYS_clone, [flag | 17, 0, 0, 0, 0, 0], EPERM));
    let unshare = flags.map(|flag| refused(libc::SYS_unshare, [flag, 0, 0, 0, 0, 0], EPERM));
    let clone3 = refused(libc::SYS_clone3, [0, 0, 0, 0, 0, 0], ENOSYS);
    all(clone.into_iter().chain(unshare).chain([clone3]))
}

fn setns() -> Outcome {
    let own = File::open("/proc/self/ns/mnt").map_err(|error| error.to_string())?;
    let fd = usize::try_from(own.as_raw_fd()).unwrap_or(0);
    all([
        denied(File::open("/proc/1/ns/mnt").map(|_| "the keeper's mount namespace".into())),
        refused(libc::SYS_setns, [fd, 0, 0, 0, 0, 0], EPERM),
        refused(libc::SYS_pidfd_getfd, [fd, 0, 0, 0, 0, 0], EPERM),
    ])
}

fn keys() -> Outcome {
    all([libc::SYS_keyctl, libc::SYS_add_key, libc::SYS_request_key]
        .map(|number| refused(number, [0; 6], EPERM)))
}

fn io_uring() -> Outcome {
    let parameters = [0_u64; 15];
    all([
        refused(libc::SYS_io_uring_setup, [8, address(&parameters), 0, 0, 0, 0], EPERM),
        refused(libc::SYS_io_uring_enter, [0; 6], EPERM),
        refused(libc::SYS_io_uring_register, [0; 6], EPERM),
    ])
}

fn perf_event_open() -> Outcome {
    let attributes = [0_u64; 16];
    refused(
        libc::SYS_perf_event_open,
        [address(&attributes), 0, usize::MAX, usize::MAX, 0, 0],
        EPERM,
    )
}

fn kernel_module() -> Outcome {
    let calls = [
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
    ];
    let calls = calls.into_iter().chain([
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_acct,
        libc::SYS_syslog,
    ]);
    all(calls.map(|number| refused(number, [0; 6], EPERM)))
}

fn chroot() -> Outcome {
    fs::create_dir_all("/tmp/jail").map_err(|error| error.to_string())?;
    let jail = c"/tmp/jail".as_ptr().addr();
    all([
        refused(libc::SYS_chroot, [jail, 0, 0, 0, 0, 0], EPERM),
        refused(libc::SYS_pivot_root, [jail, jail, 0, 0, 0, 0], EPERM),
        // The classic way out, for the case that the root were only a chroot.
        denied(
            fs::read("/../../../../../../.host/etc/hostname").map(|_| "the host's files".into()),
        ),
        denied(list("/.host/etc")),
    ])
}

fn mknod() -> Outcome {
    let device = c"/tmp/disk".as_ptr().addr();
    let at = libc::AT_FDCWD.cast_unsigned() as usize;
    let make = |kind: u32, number: usize| {
        refused(
            libc::SYS_mknodat,
            [at, device, (kind | 0o666) as usize, number, 0, 0],
            &[libc::EPERM, libc::EACCES],
        )
    };
    all([make(libc::S_IFBLK, 0xfe00), make(libc::S_IFCHR, 0x101)])
}

/// `program` is a copy of this one that belongs to root and has its set-user-id bit.
fn setuid_program(program: &str) -> Outcome {
    let error = Command::new(program).arg("become-root").exec();
    denied(Err(error))
}

fn become_root() -> Outcome {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let ids = status.lines().find(|line| line.starts_with("Uid:")).unwrap_or_default();
    if ids.split_whitespace().skip(1).any(|id| id == "0") {
        return Err(ids.to_owned());
    }
    all([
        refused(libc::SYS_setuid, [0; 6], &[libc::EPERM, libc::EINVAL]),
        refused(libc::SYS_setgid, [0; 6], &[libc::EPERM, libc::EINVAL]),
    ])
}

/// Swaps a link between a file of its own and one of the host's while reading through it.
fn symlink_race(target: &str) -> Outcome {
    let own = "/tmp/own";
    fs::write(own, "mine").map_err(|error| error.to_string())?;
    let swap = |to: &str| {
        let _ = fs::remove_file("/tmp/next");
        symlink(to, "/tmp/next").and_then(|()| fs::rename("/tmp/next", "/tmp/link"))
    };
    swap(own).map_err(|error| error.to_string())?;
    let swapper = std::thread::spawn({
        let target = target.to_owned();
        move || {
            for _ in 0..2000 {
                let _ = swap(&target);
                let _ = swap(own);
            }
        }
    });
    while !swapper.is_finished() {
        match fs::read_to_string("/tmp/link") {
            Ok(text) if text != "mine" && !text.is_empty() => return Err(text),
            _ => {}
        }
    }
    Ok("never saw the other side".into())
}

fn signal_supervisor(launcher: &str) -> Outcome {
    let launcher: usize = launcher.parse().map_err(|_| "not a pid".to_owned())?;
    let kill =
        |pid: usize| refused(libc::SYS_kill, [pid, 9, 0, 0, 0, 0], &[libc::EPERM, libc::ESRCH]);
    all([1, launcher, std::os::unix::process::parent_id() as usize].map(kill))
}

fn abstract_socket(name: &str) -> Outcome {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let address = SocketAddr::from_abstract_name(name).map_err(|error| error.to_string())?;
    denied(UnixStream::connect_addr(&address).map(|_| "a socket of the host".into()))
}

/// Looks for the text in every environment and command line it can see.
fn environments(secret: &str) -> Outcome {
    for entry in fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten() {
        for file in ["environ", "cmdline"] {
            let content = fs::read(entry.path().join(file)).unwrap_or_default();
            let name = entry.file_name();
            // `self` and `thread-self` are this process too.
            let is_other = name
                .to_str()
                .and_then(|name| name.parse().ok())
                .is_some_and(|pid: u32| pid != std::process::id());
            if is_other && content.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                return Err(format!("{}/{file}", entry.path().display()));
            }
        }
    }
    Ok("no process shows it".into())
}

fn cgroup() -> Outcome {
    let kind = c"cgroup2".as_ptr().addr();
    all([
        denied(list("/sys/fs/cgroup")),
        refused(libc::SYS_mount, [kind, c"/tmp".as_ptr().addr(), kind, 0, 0, 0], EPERM),
    ])
}

fn tunables() -> Outcome {
    let write =
        |path: &str| denied(OpenOptions::new().write(true).open(path).map(|_| path.to_owned()));
    all([
        write("/proc/sys/kernel/core_pattern"),
        write("/proc/sys/kernel/hostname"),
        write("/proc/sysrq-trigger"),
        write("/proc/sys/vm/overcommit_memory"),
        denied(File::open("/proc/kcore").map(|_| "the kernel's memory".into())),
    ])
}

fn terminal() -> Outcome {
    let input = *b"x";
    let inject = usize::try_from(libc::TIOCSTI).unwrap_or(0);
    refused(libc::SYS_ioctl, [0, inject, address(&input), 0, 0, 0], EPERM)
}

/// What the kernel says about this process.
fn status() -> Outcome {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let value =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim();
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        if !value(set).trim_matches('0').is_empty() {
            return Err(format!("{set} {}", value(set)));
        }
    }
    for (name, expected) in [("NoNewPrivs:", "1"), ("Seccomp:", "2"), ("Groups:", "")] {
        let found = value(name);
        let is_expected = found == expected
            || (name == "Groups:" && found.split(' ').all(|group| group == "65534"));
        if !is_expected {
            return Err(format!("{name} {found}"));
        }
    }
    Ok("nothing can be gained".into())
}

fn descriptors() -> Outcome {
    let mut open = Vec::new();
    for fd in 0..1024_usize {
        if call(libc::SYS_fcntl, [fd, 1, 0, 0, 0, 0]).is_ok() {
            open.push(fd);
        }
    }
    if open == [0, 1, 2] { Ok("only its own".into()) } else { Err(format!("{open:?}")) }
}

fn visible_processes() -> Outcome {
    let entries = fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten();
    let pids: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let parent = Path::new("/proc/1").exists();
    if pids.len() == 2 && parent {
        Ok("itself and its keeper".into())
    } else {
        Err(format!("{pids:?}"))
    }
}
