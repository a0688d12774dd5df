//! What receipts are good for.

use model::Timestamp;
use rusqlite::Connection;
use store::{Put, QueueId, Receipt, Settled, StoreError};

use super::desk::Desk;
use super::live::Live;
use super::{put, rows};
use crate::sqlite::job::Failed;

/// Whether the receipt's message is still in its hands.
fn find(
    live: &mut Live,
    connection: &Connection,
    receipt: Receipt,
    now: Timestamp,
) -> Result<Settled, Failed> {
    live.order.release(now);
    let Some(touched) = live.order.touched(receipt.number) else {
        // Its claim was forgotten with the machine's power, or it is gone.
        let is_counted = (live.floor..live.next).contains(&receipt.number);
        live.flush(connection)?;
        let is_there =
            is_counted && rows::exists(connection, rows::key(live.kept.id, receipt.number))?;
        return Ok(if is_there { Settled::Visible } else { Settled::Gone });
    };
    Ok(if touched.count > receipt.count {
        Settled::Stale
    } else if touched.is_in_flight() {
        Settled::Done
    } else {
        Settled::Visible
    })
}

pub(super) fn delete(
    live: &mut Live,
    connection: &Connection,
    receipt: Receipt,
    now: Timestamp,
) -> Result<Settled, Failed> {
    let found = match find(live, connection, receipt, now)? {
        Settled::Visible if !live.is_fifo() => Settled::Done,
        found => found,
    };
    if found == Settled::Done {
        live.remove(connection, receipt.number, None)?;
    }
    Ok(found)
}

/// Removes a message from the hands of whoever claimed it last, also where its claim hid it for no time.
fn take(
    live: &mut Live,
    connection: &Connection,
    receipt: Receipt,
    now: Timestamp,
) -> Result<Settled, Failed> {
    let found = find(live, connection, receipt, now)?;
    if !matches!(found, Settled::Done | Settled::Visible) {
        return Ok(found);
    }
    live.remove(connection, receipt.number, None)?;
    Ok(Settled::Done)
}

pub(super) fn hide(
    live: &mut Live,
    connection: &Connection,
    receipt: Receipt,
    until: Timestamp,
    now: Timestamp,
) -> Result<Settled, Failed> {
    let found = find(live, connection, receipt, now)?;
    if found == Settled::Done {
        live.order.hide(receipt.number, until, now);
        live.write_touched(connection, receipt.number)?;
    }
    Ok(found)
}

pub(super) fn transfer(
    desk: &mut Desk,
    connection: &Connection,
    (from, to): (QueueId, QueueId),
    messages: Vec<(Receipt, Put)>,
    now: Timestamp,
) -> Result<Vec<Settled>, Failed> {
    for queue in [from, to] {
        desk.find(queue).ok_or(Failed::Refused(StoreError::NoQueue))?;
    }
    let mut all = Vec::with_capacity(messages.len());
    for (receipt, put) in messages {
        let Some(live) = desk.find(from) else { break };
        let settled = take(live, connection, receipt, now)?;
        if settled == Settled::Done
            && let Some(live) = desk.find(to)
        {
            put::place(live, connection, put)?;
        }
        all.push(settled);
    }
    Ok(all)
}
