//! Appends fields to a message.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn new(tag: u8) -> Self {
        Self { bytes: vec![tag] }
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_ne_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_ne_bytes());
    }

    /// A count of things that are written next; a message cannot hold more than a `u32` counts.
    pub(super) fn count(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// The parts joined, with a terminating zero, so that the reader can hand them to the kernel as they
    /// lie in the message. The caller has checked that they contain no zero byte.
    pub(super) fn c_string(&mut self, parts: &[&[u8]]) {
        self.count(parts.iter().map(|part| part.len()).sum::<usize>() + 1);
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
    }

    pub(super) fn path(&mut self, path: &Path) {
        self.c_string(&[path.as_os_str().as_bytes()]);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}
