//! Every bound a connection is held to.

use std::time::Duration;

/// Times and sizes of one listener. Times are enforced by a sweep over all connections, so they
/// are exact to one [`sweep`](Self::sweep).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// From accept to the first byte; a silent connection is closed without an answer.
    pub first_byte: Duration,
    /// From the first to the last byte of a request's head; then 408.
    pub head: Duration,
    /// How long a body may be slower than `body_rate`.
    pub body_grace: Duration,
    /// Bytes per second of waiting for the client, after the grace; slower is 408.
    pub body_rate: u64,
    /// How long a connection without a request is kept.
    pub idle: Duration,
    pub tls_handshake: Duration,
    /// HTTP/2: how often a PING is sent, and how long its answer may take.
    pub ping_interval: Duration,
    pub ping_timeout: Duration,
    /// How long a client may leave what it was sent unread.
    pub write_stall: Duration,
    /// How long the rest of a refused request is read and thrown away, so that the answer is not
    /// lost to a reset.
    pub linger: Duration,
    /// While draining: how long a connection must have been idle before it is closed.
    pub drain_quiet: Duration,
    /// How often times are checked.
    pub sweep: Duration,
    /// Request line and fields of a request, and a chunked body's trailer fields; more is 431.
    pub head_bytes: usize,
    /// The request target; more is 414.
    pub target_bytes: usize,
    /// Fields of a request; more is 431.
    pub fields: usize,
    /// HTTP/2: streams open at once.
    pub streams: u32,
    /// HTTP/2: streams a client may have reset before they were answered.
    pub pending_resets: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body_grace: Duration::from_secs(5),
            body_rate: 1024,
            idle: Duration::from_mins(1),
            tls_handshake: Duration::from_secs(10),
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(20),
            write_stall: Duration::from_secs(30),
            linger: Duration::from_secs(2),
            drain_quiet: Duration::from_secs(5),
            sweep: Duration::from_millis(250),
            head_bytes: 16 << 10,
            target_bytes: 8 << 10,
            fields: 100,
            streams: 128,
            pending_resets: 20,
        }
    }
}
