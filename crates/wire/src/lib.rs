//! HTTP on the wire: strict, timed, drained connections.
