//! Ends the process at a chosen point of the writer's work, as a power cut or a fault in it would.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// `written:40` ends it at the fortieth time.
pub(super) const VARIABLE: &str = "TIDEGATE_TEST_CRASH";

pub(super) const POINTS: [&str; 3] = ["begun", "written", "synced"];

static CHOSEN: OnceLock<Option<(String, u64)>> = OnceLock::new();
static PASSED: AtomicU64 = AtomicU64::new(0);

/// The writer's and the syncing thread's work passes here.
pub(in crate::sqlite) fn point(name: &str) {
    let chosen = CHOSEN.get_or_init(|| {
        let text = std::env::var_os(VARIABLE)?.into_string().ok()?;
        let (name, times) = text.split_once(':')?;
        Some((name.to_owned(), times.parse().ok()?))
    });
    if let Some((at, times)) = chosen
        && at == name
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times
    {
        std::process::abort();
    }
}
