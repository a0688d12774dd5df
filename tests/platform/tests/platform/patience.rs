//! Waiting for what happens soon on a quiet machine, and later on a busy one.

use std::time::Duration;

use crate::http::PATIENCE;

const LOOK: Duration = Duration::from_millis(20);

/// Looks again and again until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let looks = PATIENCE.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        if is_so() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("in vain: {what}");
}
