//! What this engine promises beyond the contracts: durability, layouts, named errors.

mod durability;
mod faults;
mod layouts;
mod publications;

use std::path::Path;
use std::sync::Arc;

use model::Timestamp;
use store::{
    ApiKeyStore, AuditLine, AuditQuery, AuditStore, Backlog, Due, InvocationStore, KeptInvocation,
    Pending, Progress, Store, StoreError, UsageQuery, UsageRow, UsageStore,
};

use super::{Options, Sqlite};

/// A store whose folder goes with it.
struct Own {
    store: Sqlite,
    _folder: tempfile::TempDir,
}

impl ApiKeyStore for Own {
    fn api_keys(&self) -> Pending<'_, Vec<model::ApiKey>> {
        self.store.api_keys()
    }

    fn change_api_keys(&self, changes: Vec<(store::KeyChange, AuditLine)>) -> Pending<'_, ()> {
        self.store.change_api_keys(changes)
    }
}

impl AuditStore for Own {
    fn note(&self, line: AuditLine) -> Pending<'_, ()> {
        self.store.note(line)
    }

    fn audit(&self, query: AuditQuery) -> Pending<'_, Vec<AuditLine>> {
        self.store.audit(query)
    }
}

impl store::EventStore for Own {
    fn schedule_marks(&self) -> Pending<'_, Vec<store::ScheduleMark>> {
        self.store.schedule_marks()
    }

    fn put_out(
        &self,
        marks: Vec<store::ScheduleMark>,
        events: Vec<store::OutgoingEvent>,
    ) -> Pending<'_, ()> {
        self.store.put_out(marks, events)
    }

    fn forget_schedules(&self, schedules: Vec<model::Arn>) -> Pending<'_, ()> {
        self.store.forget_schedules(schedules)
    }

    fn outgoing_events(&self) -> Pending<'_, Vec<store::OutgoingEvent>> {
        self.store.outgoing_events()
    }

    fn postpone_event(&self, id: String, attempts: u32, next: Timestamp) -> Pending<'_, ()> {
        self.store.postpone_event(id, attempts, next)
    }

    fn settle_events(&self, ids: Vec<String>) -> Pending<'_, ()> {
        self.store.settle_events(ids)
    }
}

impl store::ResourceStore for Own {
    fn resources(&self) -> Pending<'_, Vec<model::Kept>> {
        self.store.resources()
    }

    fn change_resources(&self, changes: Vec<(store::KeptChange, AuditLine)>) -> Pending<'_, ()> {
        self.store.change_resources(changes)
    }
}

impl InvocationStore for Own {
    fn keep_invocation(&self, invocation: KeptInvocation) -> Pending<'_, u64> {
        self.store.keep_invocation(invocation)
    }

    fn due_invocations(
        &self,
        function: model::FunctionName,
        now: Timestamp,
        under_way: std::collections::BTreeSet<u64>,
        most: usize,
    ) -> Pending<'_, Due> {
        self.store.due_invocations(function, now, under_way, most)
    }

    fn postpone_invocation(&self, number: u64, progress: Progress) -> Pending<'_, ()> {
        self.store.postpone_invocation(number, progress)
    }

    fn forget_invocation(&self, number: u64) -> Pending<'_, ()> {
        self.store.forget_invocation(number)
    }

    fn backlogs(&self) -> Pending<'_, Vec<Backlog>> {
        self.store.backlogs()
    }
}

impl UsageStore for Own {
    fn note_usage(&self, rows: Vec<UsageRow>) -> Pending<'_, ()> {
        self.store.note_usage(rows)
    }

    fn grant_usage(
        &self,
        key: model::ApiKeyId,
        plan: model::UsagePlanName,
        day: model::Day,
        requests: u64,
        line: AuditLine,
    ) -> Pending<'_, ()> {
        self.store.grant_usage(key, plan, day, requests, line)
    }

    fn usage(&self, query: UsageQuery) -> Pending<'_, Vec<UsageRow>> {
        self.store.usage(query)
    }
}

impl Store for Own {
    fn trouble(&self) -> Option<StoreError> {
        self.store.trouble()
    }
}

store::conformance!(async || {
    let folder = tempfile::tempdir().expect("a folder");
    Own { store: open(&folder.path().join("store.db")).expect("opened"), _folder: folder }
});

fn open(path: &Path) -> Result<Sqlite, StoreError> {
    Sqlite::open(&Options { path: path.to_owned(), most_bytes: None })
}

fn line(subject: &str) -> AuditLine {
    AuditLine {
        at: Timestamp(1),
        actor: "test".to_owned(),
        action: "note".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn subjects(store: &Sqlite) -> Vec<String> {
    let lines = block_on(store.audit(AuditQuery::default())).expect("lines");
    lines.into_iter().rev().map(|line| line.subject).collect()
}

#[test]
fn dropping_the_store_ends_what_was_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = Arc::new(open(&path).expect("opened"));
    block_on(store.note(line("kept"))).expect("noted");
    drop(store);
    assert!(!folder.path().join("store.db-wal").exists(), "the log was not moved at the end");
    assert_eq!(subjects(&open(&path).expect("opened")), ["kept"]);
}
