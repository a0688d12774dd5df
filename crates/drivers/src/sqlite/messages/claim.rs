//! Messages go out to somebody who asked.

use rusqlite::Connection;
use store::{Claim, Claimed, Claims, Message, Number, Receipt};

use super::live::Live;
use super::order::Turn;
use super::rows;
use crate::sqlite::job::Failed;

pub(super) fn claim(
    live: &mut Live,
    connection: &Connection,
    claim: &Claim,
) -> Result<Claims, Failed> {
    live.order.release(claim.now);
    let room = claim.most_in_flight.saturating_sub(live.order.in_flight());
    let most = claim.most.min(room);
    let mut messages = Vec::with_capacity(most.min(16));
    let mut fresh = Vec::new();
    let mut turn = Turn::default();
    while messages.len() < most {
        live.look_ahead(connection)?;
        let Some(number) = live.order.next(&mut turn) else { break };
        let Some(message) = fetch(live, connection, number)? else {
            // Somebody's tool has deleted its row.
            live.remove(connection, number, None)?;
            continue;
        };
        if message.sent < claim.sent_since {
            live.remove(connection, number, message.group.as_deref())?;
            continue;
        }
        let is_fresh = live.order.touched(number).is_none();
        messages.push(take(live, claim, number, message));
        if is_fresh {
            fresh.push(number);
        } else {
            live.write_touched(connection, number)?;
        }
    }
    live.write_claimed(connection, fresh)?;
    let (in_flight, next) = (live.order.in_flight(), live.order.next_visible());
    Ok(Claims { messages, in_flight, next })
}

fn fetch(
    live: &mut Live,
    connection: &Connection,
    number: Number,
) -> Result<Option<Message>, Failed> {
    match live.recall(number) {
        Some(message) => Ok(Some(message)),
        None => rows::find(connection, rows::key(live.kept.id, number)),
    }
}

fn take(live: &mut Live, claim: &Claim, number: Number, message: Message) -> Claimed {
    let group = message.group.as_deref();
    let touched = live.order.claim(number, group, claim.now, claim.until);
    let (count, first) = (touched.count, touched.first);
    Claimed { receipt: Receipt { number, count }, first, message }
}
