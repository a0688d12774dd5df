//! The watch over a store: tells it that this node is there and what it holds, counts the nodes that
//! share it, and tries whether it is back when it did not answer.

use std::sync::{Arc, Weak};
use std::time::Duration;

use limits::Key;
use redis::Value;

use super::in_parts::in_parts;
use super::link::Link;
use super::problem::Problem;
use super::renewal::renew;
use super::request::{HOLD_TTL, Request, Verb};
use super::shared::Shared;

/// Between two tries whether the store is back: at first, and at most.
const FIRST_TRY: Duration = Duration::from_millis(20);
const LAST_TRY: Duration = Duration::from_secs(1);
/// After so many beats every other node has counted this one in.
const BEATS_TO_BE_KNOWN: u32 = 2;

/// Runs as long as somebody uses the store.
pub(crate) async fn watch(shared: Weak<Shared>, mut link: Option<Link>) {
    let mut beats = 0;
    let mut pause = Duration::ZERO;
    loop {
        let Some(store) = shared.upgrade() else { return };
        let heartbeat = store.options.heartbeat;
        match round(&store, &mut link, beats).await {
            Ok(()) => {
                beats += 1;
                pause = heartbeat;
            }
            Err(problem) => {
                link = None;
                // A store that comes back may know nobody: all have to be counted in anew.
                beats = 0;
                store.share_link(None);
                tracing::debug!(store = %store.target.at, "the limit store is not well: {problem}");
                store.still_fails(&problem);
                let is_first = pause == heartbeat || pause.is_zero();
                pause = if is_first { FIRST_TRY } else { (2 * pause).min(LAST_TRY) };
            }
        }
        // A breaker that opens meanwhile leaves its mark: the alarm then rings at once.
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = store.alarm.notified() => pause = Duration::ZERO,
        }
    }
}

async fn round(store: &Arc<Shared>, link: &mut Option<Link>, beats: u32) -> Result<(), Problem> {
    // Reconnects after each trouble: a connection that outlived a failover may lead to the wrong node.
    let suspects = store.suspects();
    if !suspects.is_empty() {
        *link = None;
    }
    let link = match link {
        Some(link) => link,
        None => link.insert(store.target.open().await?),
    };
    store.share_link(Some(link));
    let patience = store.options.connect_timeout;
    for (key, failed) in store.doubts() {
        let found = try_slot(store, link, &store.names_in_store.limit(key)).await;
        store.settle_doubt(key, &failed, &found);
        found?;
    }
    let tried = try_all(store, link, &suspects).await;
    // Before what takes time: whom the others do not hear of, they count among them no longer.
    let nodes = match &tried {
        Ok(()) => Some(count_nodes(store, link, patience).await),
        Err(_) => None,
    };
    // The slots of requests under way come before those of requests that are admitted from now on.
    let mut keys = store.slots.keys();
    keys.retain(|key| tried.is_ok() || !store.is_open(*key));
    tried.and(renew(store, link, &keys).await)?;
    suspects.iter().for_each(|(band, _)| store.is_back(*band));
    if !suspects.is_empty() && store.is_whole() {
        tell_used(store, link, patience).await?;
    }
    if let Some(nodes) = nodes {
        agree(store, nodes?, beats);
    }
    Ok(())
}

async fn try_all(
    store: &Shared,
    link: &mut Link,
    suspects: &[(usize, Key)],
) -> Result<(), Problem> {
    for (_, key) in suspects {
        try_slot(store, link, &store.names_in_store.limit(*key)).await?;
    }
    Ok(())
}

/// A debit in the slot of this name, with all that scripts need a right to: what cannot be written to cannot
/// count.
pub(crate) async fn try_slot(store: &Shared, link: &mut Link, name: &str) -> Result<(), Problem> {
    let mut command = redis::cmd("EVAL");
    let script = "redis.call('TIME') return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])";
    command.arg(script).arg(1).arg(format!("{{{name}}}:probe")).arg("v1:0").arg(1000);
    store.target.call(link, &command, store.options.connect_timeout).await.map(drop)
}

/// The debits of the outage. What fails here is not repeated: the store has it then, or it is gone.
async fn tell_used(
    store: &Arc<Shared>,
    link: &mut Link,
    patience: Duration,
) -> Result<(), Problem> {
    let used = store.fallback.end(store.options.clock.now());
    let requests: Vec<_> =
        used.into_iter().map(|line| Request { verb: Verb::Charge, lines: vec![line] }).collect();
    send_all(store, link, &requests, patience).await
}

async fn send_all(
    store: &Shared,
    link: &Link,
    requests: &[Request],
    patience: Duration,
) -> Result<(), Problem> {
    let sent = async |some: &[Request]| {
        let mut link = link.clone();
        match store.run(&mut link, some.iter(), patience).await {
            // What is wrong with a key stays wrong; the others go on.
            Err(problem) if !problem.may_be_of_one_key() => Err(problem),
            _ => Ok(()),
        }
    };
    let band = |request: &Request| request.lines.first().map_or(0, |line| store.band_of(line.key));
    in_parts(store.parts(), requests, band, sent).await
}

fn agree(store: &Shared, nodes: u64, beats: u32) {
    let is_first = nodes == 1 && store.fallback.nodes() == 0;
    if beats >= BEATS_TO_BE_KNOWN || is_first {
        store.fallback.agree(nodes);
    }
}

/// Says that this node is there, and forgets those that have not been heard of.
async fn count_nodes(store: &Shared, link: &mut Link, patience: Duration) -> Result<u64, Problem> {
    const SCRIPT: &str = "
        local t = redis.call('TIME')
        local ms = t[1] * 1000 + math.floor(t[2] / 1000)
        redis.call('ZADD', KEYS[1], ms, ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return redis.call('ZCARD', KEYS[1])";
    let ttl = u64::try_from(HOLD_TTL.as_millis()).unwrap_or(u64::MAX);
    let mut command = redis::cmd("EVAL");
    command.arg(SCRIPT).arg(1).arg(&store.names_in_store.nodes).arg(&store.node).arg(ttl);
    match store.target.call(link, &command, patience).await? {
        Value::Int(nodes) => Ok(u64::try_from(nodes).unwrap_or(1).max(1)),
        other => {
            Err(Problem::NotRedis { at: store.target.at.clone(), cause: format!("{other:?}") })
        }
    }
}
