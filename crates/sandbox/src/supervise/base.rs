//! The base tree: a small tmpfs that is the root of the launcher and, copied with its mounts into each new
//! mount namespace, of every sandbox. Built once, so that starting a process mounts only what is its own.

use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::Path;

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount, mount_change,
    move_mount, open_tree,
};
use rustix::process::{chdir, pivot_root};

use super::failure::{Failure, Step};
use super::paths::{HOST, Host};
use super::sys;

/// System folders shown read-only, or as the symbolic links they are on a merged-/usr system.
const SYSTEM_FOLDERS: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];
/// Copied, because a symbolic link to them may point anywhere.
const SETTINGS: [&str; 12] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/localtime",
    "/etc/services",
    "/etc/protocols",
    "/etc/mime.types",
    "/etc/ssl/openssl.cnf",
];
const SETTING_FOLDERS: [&str; 6] = [
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates/extracted",
    "/etc/alternatives",
    "/etc/ld.so.conf.d",
];
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
const FOLDERS: [&str; 9] =
    ["/etc", "/dev", "/proc", "/tmp", "/var/task", "/var/runtime", "/opt", "/mnt/data", "/run"];
/// Lambda's own user; programs that look themselves up find a name.
const PASSWD: &str = "root:x:0:0:root:/:/sbin/nologin\n\
    sbx_user1051:x:993:990::/tmp:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nsbx_user1051:x:990:\nnogroup:x:65534:\n";

/// Enters the base tree. The caller is in a mount namespace of its own, with rights over it.
pub(super) fn enter() -> Result<Host, Failure> {
    let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", slave).step(|| "detach mounts from the host's".into())?;
    let staging = ["/tmp", "/mnt", "/var"]
        .into_iter()
        .find(|path| Path::new(path).is_dir())
        .unwrap_or("/tmp");
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount(c"tmpfs", staging, c"tmpfs", flags, c"size=32m,mode=0755")
        .step(|| "mount the base tree".into())?;
    chdir(staging).step(|| format!("enter {staging}"))?;
    create_folder(Path::new(&HOST[1..])).step(|| format!("create {HOST}"))?;
    pivot_root(".", &HOST[1..]).step(|| "pivot to the base tree".into())?;
    chdir("/").step(|| "enter the base tree".into())?;
    let host = Host::moved();
    furnish(&host)?;
    Ok(host)
}

fn furnish(host: &Host) -> Result<(), Failure> {
    for folder in FOLDERS {
        create_folder(Path::new(folder)).step(|| format!("create {folder}"))?;
    }
    for folder in SYSTEM_FOLDERS.into_iter().chain(SETTING_FOLDERS) {
        show_folder(host, folder).step(|| format!("show {folder}"))?;
    }
    for file in SETTINGS {
        copy_setting(host, file).step(|| format!("copy {file}"))?;
    }
    fs::write("/etc/passwd", PASSWD).step(|| "write /etc/passwd".into())?;
    fs::write("/etc/group", GROUP).step(|| "write /etc/group".into())?;
    for device in DEVICES {
        fs::write(device, "").step(|| format!("create {device}"))?;
        bind(host, &c_path(Path::new(device)), &c_path(Path::new(device)), DEVICE)
            .step(|| format!("show {device}"))?;
    }
    for (link, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        symlink(target, Path::new("/dev").join(link)).step(|| format!("link /dev/{link}"))?;
    }
    symlink("/tmp", "/var/tmp").step(|| "link /var/tmp".into())
}

/// Attributes of a bind that can only be read.
pub(super) const READ_ONLY: u64 =
    libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
/// Attributes of a bind that can be written.
pub(super) const READ_WRITE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
/// Read-only concerns the node, not what is written to the device.
const DEVICE: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;

/// Shows `source` of the host, and what is mounted below it, at `target` of the current root.
fn bind(host: &Host, source: &CStr, target: &CStr, attributes: u64) -> Result<(), Errno> {
    attach(&detached(host, source, attributes)?, target)
}

/// A copy of `source` of the host, and of what is mounted below it, that is not visible anywhere yet.
/// Attributes are only ever added, which an unprivileged owner may do.
pub(super) fn detached(host: &Host, source: &CStr, attributes: u64) -> Result<OwnedFd, Errno> {
    let found = host.locate(source)?;
    let clone = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(&found, c"", clone)?;
    sys::mount_setattr(tree.as_fd(), c"", libc::AT_EMPTY_PATH | libc::AT_RECURSIVE, attributes)?;
    Ok(tree)
}

/// Makes a detached mount visible at `target` of the current root.
pub(super) fn attach(tree: &OwnedFd, target: &CStr) -> Result<(), Errno> {
    move_mount(tree, c"", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}

/// Makes sure that `target` exists in the base tree, so that `source` can be bound over it.
pub(super) fn prepare_target(host: &Host, source: &CStr, target: &Path) -> Result<(), Errno> {
    let found = host.locate(source)?;
    if fs::symlink_metadata(target).is_ok() {
        return Ok(());
    }
    let is_folder =
        rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&found)?.st_mode).is_dir();
    let created = if is_folder {
        create_folder(target)
    } else {
        target.parent().map_or(Ok(()), create_folder).and_then(|()| fs::write(target, ""))
    };
    created.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

fn show_folder(host: &Host, folder: &str) -> io::Result<()> {
    let found = host.path(folder);
    let Ok(metadata) = fs::symlink_metadata(&found) else { return Ok(()) };
    let target = Path::new(folder);
    target.parent().map_or(Ok(()), create_folder)?;
    if metadata.is_symlink() {
        return symlink(fs::read_link(&found)?, target);
    }
    create_folder(target)?;
    Ok(bind(host, &c_path(target), &c_path(target), READ_ONLY)?)
}

/// A missing or unreadable setting is one the machine's own programs do without too.
fn copy_setting(host: &Host, file: &str) -> io::Result<()> {
    use std::io::Read;
    let target = Path::new(file);
    let Ok(found) = host.locate(&c_path(target)) else { return Ok(()) };
    // An O_PATH descriptor is reopened for reading through /proc.
    let path = host.path(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found)));
    let mut content = Vec::new();
    if fs::File::open(path).and_then(|mut file| file.read_to_end(&mut content)).is_err() {
        return Ok(());
    }
    target.parent().map_or(Ok(()), create_folder)?;
    fs::write(target, content)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)
}

/// Only for the fixed paths above, which have no zero byte.
fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}
