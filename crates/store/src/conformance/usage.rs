//! Promises about usage, and about many askers at once.

use model::{ApiKeyId, Day, UsagePlanName};

use super::audit::line;
use crate::{AuditQuery, Store, UsageQuery, UsageRow};

fn row(day: i32, plan: &str, key: &str, admitted: u64) -> UsageRow {
    let plan = UsagePlanName::parse(plan).expect("a name");
    UsageRow { day: Day(day), plan, key: ApiKeyId::known(key), admitted, granted: 0 }
}

const EVER: UsageQuery =
    UsageQuery { key: None, plan: None, from: Day(i32::MIN / 2), to: Day(i32::MAX / 2) };

pub async fn figures_of_usage_only_grow(store: &impl Store) {
    let day = 20_000;
    for admitted in [3, 8, 5] {
        store.note_usage(vec![row(day, "basic", "a", admitted)]).await.expect("noted");
    }
    assert_eq!(store.usage(EVER).await, Ok(vec![row(day, "basic", "a", 8)]));
    let most = i64::MAX as u64;
    store.note_usage(vec![row(day, "basic", "a", most)]).await.expect("noted");
    assert_eq!(store.usage(EVER).await, Ok(vec![row(day, "basic", "a", most)]));
}

pub async fn usage_is_found_by_key_plan_and_day(store: &impl Store) {
    let rows = vec![
        row(20_001, "gold", "a", 1),
        row(20_000, "gold", "a", 2),
        row(20_000, "basic", "b", 3),
        row(20_000, "basic", "a", 4),
        row(20_002, "basic", "a", 5),
    ];
    store.note_usage(rows.clone()).await.expect("noted");
    let mut sorted = rows;
    sorted.sort();
    let queries = [
        EVER,
        UsageQuery { key: Some(ApiKeyId::known("a")), ..EVER },
        UsageQuery { plan: Some(UsagePlanName::parse("basic").expect("a name")), ..EVER },
        UsageQuery { from: Day(20_000), to: Day(20_000), ..EVER },
        UsageQuery { from: Day(20_001), to: Day(20_002), ..EVER },
        UsageQuery { from: Day(20_003), ..EVER },
    ];
    for query in queries {
        let expected: Vec<_> = sorted.iter().filter(|row| query.includes(row)).cloned().collect();
        assert_eq!(store.usage(query.clone()).await, Ok(expected), "{query:?}");
    }
}

pub async fn grants_add_up_beside_the_figures(store: &impl Store) {
    let (plan, key) = (UsagePlanName::parse("basic").expect("a name"), ApiKeyId::known("a"));
    for requests in [5, 2] {
        let line = line("extend usage", "key a");
        let (plan, key) = (plan.clone(), key.clone());
        store.grant_usage(key, plan, Day(20_000), requests, line).await.expect("granted");
    }
    let late = UsageRow { granted: 100, ..row(20_000, "basic", "a", 8) };
    store.note_usage(vec![late]).await.expect("noted");
    let expected = UsageRow { granted: 7, ..row(20_000, "basic", "a", 8) };
    assert_eq!(store.usage(EVER).await, Ok(vec![expected]), "noting grants nothing");
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines.len(), 2);
}

pub async fn concurrent_changes_are_all_kept(store: &impl Store) {
    const ASKERS: usize = 50;
    let noted: Vec<_> = (0..ASKERS).map(|at| store.note(line("note", &format!("{at}")))).collect();
    // Each is polled before any is waited for.
    let mut waiting = noted;
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|pending| match pending.as_mut().poll(cx) {
            std::task::Poll::Pending => true,
            std::task::Poll::Ready(done) => {
                done.expect("noted");
                false
            }
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines.len(), ASKERS);
}
