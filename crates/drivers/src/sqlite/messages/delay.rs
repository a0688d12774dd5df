//! Messages that nobody has claimed get another delay.

use std::time::Duration;

use model::Timestamp;
use rusqlite::Connection;
use store::Number;

use super::live::Live;
use super::rows;
use crate::sqlite::job::Failed;

pub(super) fn delay(
    live: &mut Live,
    connection: &Connection,
    delay: Duration,
    now: Timestamp,
) -> Result<(), Failed> {
    live.order.release(now);
    live.flush(connection)?;
    for number in live.order.unclaimed() {
        let key = rows::key(live.kept.id, number);
        if let Some((sent, group)) = rows::sent(connection, key)? {
            set(live, connection, number, &group, sent.plus(delay), now)?;
        }
    }
    if delay.is_zero() {
        return Ok(());
    }
    let delay_millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let since = Timestamp(now.0.saturating_sub(delay_millis));
    let all = live.floor..live.next;
    for (number, sent, group) in rows::came_since(connection, live.kept.id, &all, since)? {
        if live.order.touched(number).is_none() {
            set(live, connection, number, &group, sent.plus(delay), now)?;
        }
    }
    Ok(())
}

fn set(
    live: &mut Live,
    connection: &Connection,
    number: Number,
    group: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), Failed> {
    let until = Some(until).filter(|until| *until > now);
    if live.order.delay(number, until, group) {
        live.write_touched(connection, number)?;
    }
    Ok(())
}
