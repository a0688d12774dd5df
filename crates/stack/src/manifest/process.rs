//! Processes as they are written.

use model::SandboxMode;

use super::function::{Build, ProcessVariableName};
use super::{PathText, UrlPath};
use crate::shape::{Filled, Map, Millis, OneOrMany, Size, Spanned, Whole, record};

record! {
    /// A long-lived server that the platform starts, watches and starts again when it dies.
    Process is "a process" {
        /// The folder that it runs in, relative to the manifest; with `build`, the folder of its source.
        needed code: Spanned<PathText>;
        /// The program, or a list of it and its arguments. With a slash the program lies in `code`,
        /// otherwise it is looked for in `PATH`. `build: cargo` makes it `./bootstrap`.
        optional command: OneOrMany<Spanned<Filled>>;
        /// The tool that turns the source in `code` into what runs. Without it the code runs as it is.
        optional build: Build;
        /// Environment variables. Nothing is inherited from the host.
        optional environment: Map<ProcessVariableName, Spanned<String>>;
        /// The environment variable that tells it the port to listen on. The platform chooses a free
        /// one on 127.0.0.1.
        defaulted port: Spanned<ProcessVariableName> = "PORT";
        /// A path that is asked to find out whether it serves. Without it, a connection is enough.
        optional health: ProcessHealth;
        /// How long to wait before it is started again.
        optional restart: Restart;
        /// How long it may take until it serves for the first time.
        defaulted start_timeout: Millis<1, 600_000> = "30s";
        /// How long it may take to end after SIGTERM; then it is killed.
        defaulted stop_timeout: Millis<0, 600_000> = "10s";
        /// Most memory that it and what it starts may use.
        defaulted memory: Size<{ 16 << 20 }, { 1 << 40 }> = "512MB";
        /// Whether it may write to the stack's data folder, named by `TIDEGATE_DATA`.
        defaulted data: bool = "false";
        /// Instead of the stack's own `sandbox`.
        optional sandbox: SandboxMode;
    }
}

record! {
    /// How it is told whether a process serves.
    ProcessHealth is "a process's health check" or just "path" {
        /// The path to ask; any answer from 200 to 399 is healthy.
        required path: Spanned<UrlPath>;
        /// Time between two checks.
        defaulted interval: Millis<100, 3_600_000> = "5s";
        /// How long an answer may take.
        defaulted timeout: Millis<1, 60_000> = "2s";
        /// Consecutive failures after which it is killed and started again.
        defaulted unhealthy_after: Whole<1, 1_000> = "3";
    }
}

record! {
    /// How long to wait before a process that died is started again.
    Restart is "a restart policy" or just "longest" {
        /// The pause after a second death in a row; after the first one it starts at once.
        defaulted first: Spanned<Millis<1, 600_000>> = "100ms";
        /// The pause doubles with each death in a row, up to this. Whoever lives for longer starts afresh.
        defaulted longest: Spanned<Millis<1, 3_600_000>> = "30s";
    }
}
