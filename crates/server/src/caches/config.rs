//! What a cache's server is told, in the language that Redis and Valkey share.
//! <https://valkey.io/topics/valkey.conf/>

use std::fmt::Write;
use std::path::Path;

use model::{ManagedCache, WhenFull};

/// Descriptors that the server needs beside its clients' come on top.
const MOST_CLIENTS: u32 = 900;

/// Given through standard input, so that the password is in no file and no argument.
pub(super) fn text(cache: &ManagedCache, port: u16, password: &str, data: &Path) -> String {
    let data = data.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let policy = match cache.when_full {
        WhenFull::Refuse => "noeviction",
        WhenFull::Evict => "allkeys-lru",
    };
    let (memory, append) = (cache.memory.0, if cache.persistent { "yes" } else { "no" });
    let mut text = String::new();
    let mut set = |name: &str, value: &str| {
        let _ = writeln!(text, "{name} {value}");
    };
    set("bind", "127.0.0.1");
    set("port", &port.to_string());
    if cache.password {
        set("requirepass", password);
    }
    set("maxclients", &MOST_CLIENTS.to_string());
    set("dir", &format!("\"{data}\""));
    set("save", "\"\"");
    set("appendonly", append);
    set("appendfsync", "everysec");
    set("maxmemory", &memory.to_string());
    set("maxmemory-policy", policy);
    // Standard output, where it becomes part of the stack's logs.
    set("logfile", "\"\"");
    set("daemonize", "no");
    text
}

#[cfg(test)]
mod tests {
    use model::{ByteSize, SandboxMode};

    use super::*;

    #[test]
    fn what_is_declared_is_told() {
        let cache = ManagedCache {
            engine: None,
            version: None,
            memory: ByteSize::mib(1),
            persistent: true,
            when_full: WhenFull::Evict,
            password: true,
            sandbox: SandboxMode::Required,
        };
        let text = text(&cache, 6380, "secret", Path::new("/a \"b\""));
        for line in [
            "port 6380",
            "requirepass secret",
            "dir \"/a \\\"b\\\"\"",
            "appendonly yes",
            "maxmemory 1048576",
            "maxmemory-policy allkeys-lru",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
}
