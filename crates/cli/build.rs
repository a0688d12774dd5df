//! Links relocations packed where the system's libc can read them: the program is 0.6 MiB smaller,
//! on disk and, as every start reads all of them, in memory.

use std::process::Command;

/// The first glibc whose loader knows packed relocations (`DT_RELR`).
const KNOWN_SINCE: (u32, u32) = (2, 36);

#[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script in variables")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_native = std::env::var("HOST") == std::env::var("TARGET");
    if is_native && libc().is_some_and(|version| version >= KNOWN_SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc; `None` where another libc serves.
fn libc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
