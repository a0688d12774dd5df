//! Times as Scheduler's JSON has them: seconds since 1970, with a fraction.

use std::time::Duration;

use model::Timestamp;

use crate::constraint;
use crate::error::AwsError;

pub(super) fn read(seconds: f64, member: &str) -> Result<Timestamp, AwsError> {
    let span = Duration::try_from_secs_f64(seconds);
    let span = span.map_err(|_| constraint::broken(seconds, member, "be a time after 1970"))?;
    Ok(Timestamp(0).plus(span))
}

/// Whole milliseconds up to the year 287396 are exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn shown(time: Timestamp) -> f64 {
    time.0 as f64 / 1000.0
}
