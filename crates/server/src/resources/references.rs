//! What resources refer to has to be there.

use std::collections::BTreeSet;

use model::{
    Account, Arn, ChangeRefused, FunctionName, MadeFunction, Place, Qualifier, Queue, QueueName,
    Redrive, ResourceId, Snapshot, Topic,
};

/// Checks the resources `ids` of `all`. What one of them referred to `before` may be gone since: it can
/// still be disabled, tagged and given something else to refer to.
pub(super) fn check<'a>(
    ids: impl IntoIterator<Item = &'a ResourceId>,
    before: &Snapshot,
    all: &Snapshot,
    functions: &BTreeSet<FunctionName>,
    account: &Account,
) -> Result<(), ChangeRefused> {
    for id in ids {
        let Some(kept) = all.kept(id) else { continue };
        let known = before.kept(id).map(|kept| kept.resource.references()).unwrap_or_default();
        let is_new = |to: &Arn| !known.contains(to);
        for to in kept.resource.references().into_iter().filter(is_new) {
            if !exists(&to, all, functions, account) {
                let (resource, ours) = (id.clone(), account.clone());
                return Err(ChangeRefused::Dangling { resource, to, ours });
            }
        }
        if let Some(queue) = kept.resource.get::<Queue>()
            && let Some(redrive) = queue.redrive.as_ref().filter(|redrive| is_new(&redrive.to))
        {
            check_redrive(queue, redrive, all)?;
        }
    }
    Ok(())
}

/// Only this account's resources are known to exist.
fn exists(
    arn: &Arn,
    all: &Snapshot,
    functions: &BTreeSet<FunctionName>,
    account: &Account,
) -> bool {
    if account.place_of(arn) != Place::Here {
        return false;
    }
    match arn.service() {
        "sqs" => all.get::<Queue>(arn.resource()).is_some(),
        "sns" => all.get::<Topic>(arn.resource()).is_some(),
        "lambda" => {
            let Some(named) = arn.resource().strip_prefix("function:") else { return false };
            let (name, qualifier) = match named.split_once(':') {
                Some((name, qualifier)) => (name, Some(qualifier)),
                None => (named, None),
            };
            let is_there = functions.contains(name) || all.get::<MadeFunction>(name).is_some();
            let is_published = |qualifier| {
                let (name, qualifier) = (FunctionName::parse(name), Qualifier::parse(qualifier));
                name.is_ok_and(|name| {
                    qualifier.is_some_and(|qualifier| qualifier.is_of(&name, all))
                })
            };
            is_there && qualifier.is_none_or(is_published)
        }
        _ => arn.is_event_bus(),
    }
}

/// Order would end at a dead-letter queue that keeps none; what goes round in a circle never ends.
fn check_redrive(queue: &Queue, redrive: &Redrive, all: &Snapshot) -> Result<(), ChangeRefused> {
    if let Some(way) = queue.dead_letter_circle(all) {
        return Err(ChangeRefused::Refused(format!(
            "dead letters go round in a circle: {}; let the last of them keep its messages",
            way.join(" -> ")
        )));
    }
    let to = QueueName::parse(redrive.to.resource());
    if to.is_ok_and(|to| to.is_fifo() == queue.name.is_fifo()) {
        return Ok(());
    }
    let kind = if queue.name.is_fifo() { "FIFO" } else { "standard" };
    Err(ChangeRefused::Refused(format!(
        "queue {} is a {kind} queue, so its dead-letter queue must be one, too",
        queue.name
    )))
}
