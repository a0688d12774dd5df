//! Between this project's points in time and the calendar.

use jiff::civil::DateTime;

use crate::Timestamp;
use crate::limit::Zone;

/// What calendars and clocks in this zone show.
pub(super) fn shown(time: Timestamp, zone: &Zone) -> DateTime {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    zone.time_zone().to_datetime(instant)
}

/// When clocks in this zone show `shown` for the first time; nothing where they skip it.
pub(super) fn first(shown: DateTime, zone: &Zone) -> Option<Timestamp> {
    let moment = zone.time_zone().to_ambiguous_timestamp(shown);
    if matches!(moment.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
        return None;
    }
    let millis = moment.earlier().ok()?.as_millisecond();
    u64::try_from(millis).ok().map(Timestamp)
}
