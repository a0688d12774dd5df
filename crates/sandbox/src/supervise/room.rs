//! A program's `/tmp`: a file system in memory, bounded in bytes and files.

use std::os::fd::OwnedFd;

use model::ByteSize;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount,
    fsopen,
};

use super::base;

/// Made ahead, and not visible anywhere until it is put in place.
#[derive(Debug)]
pub(super) struct Room {
    size: ByteSize,
    mount: OwnedFd,
}

impl Room {
    pub(super) fn of(size: ByteSize) -> Result<Self, Errno> {
        let file_system = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        for (key, value) in [("size", size.0.to_string()), ("nr_inodes", inodes(size).to_string())]
        {
            fsconfig_set_string(&file_system, key, value)?;
        }
        fsconfig_set_string(&file_system, "mode", "1777")?;
        fsconfig_create(&file_system)?;
        let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
        let mount = fsmount(&file_system, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
        Ok(Self { size, mount })
    }

    pub(super) fn has(&self, size: ByteSize) -> bool {
        self.size == size
    }

    pub(super) fn put_in_place(&self) -> Result<(), Errno> {
        base::attach(&self.mount, c"/tmp")
    }
}

/// As many small files as would fill the room with pages.
fn inodes(size: ByteSize) -> u64 {
    (size.0 / 4096).max(64)
}
