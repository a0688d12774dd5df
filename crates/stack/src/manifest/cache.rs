//! Caches as they are written.

use model::{Engine, SandboxMode, WhenFull};

use crate::shape::{Filled, Size, Spanned, choice, record};

record! {
    /// A Redis or Valkey server that functions and processes share.
    Cache is "a cache" or just "url" {
        /// `redis://host:port`, or `rediss://` with TLS, of a server that somebody else runs. Without it,
        /// or when it is empty, the platform runs one.
        optional url: Spanned<String>;
        /// Which server to run. Whichever is installed when not given, Valkey first.
        optional engine: Engine;
        /// What the installed server's version must begin with: `"7"`, `"8.1"`.
        optional version: Spanned<Filled>;
        /// Most memory that its data may take.
        defaulted memory: Size<{ 1 << 20 }, { 1 << 40 }> = "64MB";
        /// Whether its data outlives the server: each write is noted, and synced every second.
        defaulted persistent: bool = "true";
        /// What becomes of a write when the memory is full.
        defaulted when_full: WhenFull = "refuse";
        /// Whether clients need its password. Without it, every program of this machine may use it.
        defaulted password: bool = "true";
        /// Instead of the stack's own `sandbox`.
        optional sandbox: SandboxMode;
    }
}

choice!(Engine: "an engine" {
    /// `valkey-server`.
    "valkey" => Engine::Valkey,
    /// `redis-server`.
    "redis" => Engine::Redis,
});

choice!(WhenFull: "what happens when it is full" {
    /// The write fails, and nothing is lost.
    "refuse" => WhenFull::Refuse,
    /// What was not used for the longest time makes room.
    "evict" => WhenFull::Evict,
});
