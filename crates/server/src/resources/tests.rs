use std::collections::BTreeSet;
use std::sync::Mutex as Lock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::{Kept, ManualClock, Origin, Queue, QueueName, Redrive};
use store::{AuditQuery, AuditStore, Memory};

use super::install::Installing;
use super::*;

/// Remembers what it was told to make real.
#[derive(Default)]
struct Owner {
    installed: Lock<Vec<String>>,
    is_occupied: AtomicBool,
}

impl Install for Arc<Owner> {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        let names = all.all::<Queue>().map(|queue| queue.name.to_string());
        *self.installed.lock().expect("no panic") = names.collect();
        Box::pin(std::future::ready(Ok(())))
    }

    fn holds_something<'a>(&'a self, id: &'a ResourceId) -> Installing<'a, bool> {
        let installed = self.installed.lock().expect("no panic");
        let is_real = installed.iter().any(|name| **name == *id.name);
        let holds = is_real && self.is_occupied.load(Ordering::Relaxed);
        Box::pin(std::future::ready(Ok(holds)))
    }
}

/// Has nothing to make anything real with.
struct Broken;

impl Install for Broken {
    fn install<'a>(&'a self, _all: &'a Snapshot) -> Installing<'a, ()> {
        Box::pin(std::future::ready(Err("out of order".to_owned())))
    }
}

struct Server {
    resources: Resources,
    owner: Arc<Owner>,
    store: Arc<Memory>,
}

/// Keeps no secrets.
struct Open;

impl aws::Seal for Open {
    fn seal(&self, secret: &str, _owner: &str) -> String {
        secret.to_owned()
    }

    fn open(&self, sealed: &str, _owner: &str) -> Option<String> {
        Some(sealed.to_owned())
    }
}

fn queue(name: &str) -> Queue {
    Queue::new(QueueName::parse(name).expect("a name"))
}

fn seconds(mut queue: Queue, visibility: u64) -> Queue {
    queue.visibility = Duration::from_secs(visibility);
    queue
}

fn redriving(mut queue: Queue, to: &str) -> Queue {
    queue.redrive = Some(Redrive { to: Account::default().arn("sqs", to), after: 3 });
    queue
}

fn stack(queues: &[Queue]) -> Stack {
    let resources = queues.iter().cloned().map(Resource::from);
    Stack {
        name: "test".to_owned(),
        manifest: "/tidegate.yaml".into(),
        resources: resources.map(|resource| (resource.id(), resource)).collect(),
        ..Stack::default()
    }
}

impl Server {
    fn new() -> Self {
        let (owner, store) = (Arc::new(Owner::default()), Arc::new(Memory::default()));
        Self::over(store, owner)
    }

    fn over(store: Arc<Memory>, owner: Arc<Owner>) -> Self {
        let owners: Vec<Box<dyn Install>> = vec![Box::new(Arc::clone(&owner))];
        Self::with(store, owner, owners)
    }

    fn with(store: Arc<Memory>, owner: Arc<Owner>, owners: Vec<Box<dyn Install>>) -> Self {
        let clock = Arc::new(ManualClock::at(model::Timestamp(7)));
        let kept = Arc::clone(&store) as Arc<dyn Store>;
        let (account, seal) = (Account::default(), Arc::new(Open));
        let resources = Resources::new(kept, clock, account, 1_000, seal, owners, "/state".into());
        Self { resources, owner, store }
    }

    async fn apply(&self, queues: &[Queue]) -> Vec<String> {
        self.resources.apply(&stack(queues), &BTreeSet::new()).await.expect("applied")
    }

    async fn call(&self, changes: Vec<ResourceChange>) -> Result<(), ChangeRefused> {
        self.resources.change(self.resources.snapshot(), changes).await
    }

    /// The audit log, oldest first.
    async fn told(&self) -> Vec<String> {
        let lines = self.store.audit(AuditQuery::default()).await.expect("lines");
        let lines = lines.into_iter().rev();
        lines.map(|l| format!("{}: {} {}; {}", l.actor, l.action, l.subject, l.detail)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.owner.installed.lock().expect("no panic").clone()
    }

    fn kept(&self, name: &str) -> Option<Kept> {
        self.resources.snapshot().find::<Queue>(name).map(|(_, kept)| kept.clone())
    }
}

fn keep(queue: Queue) -> ResourceChange {
    ResourceChange::Keep(queue.into())
}

fn forget(name: &str) -> ResourceChange {
    ResourceChange::Forget(ResourceId::of::<Queue>(name))
}

#[tokio::test]
async fn what_one_owner_cannot_make_real_is_in_no_others_way() {
    let (owner, store) = (Arc::new(Owner::default()), Arc::new(Memory::default()));
    let owners: Vec<Box<dyn Install>> = vec![Box::new(Broken), Box::new(Arc::clone(&owner))];
    let server = Server::with(store, owner, owners);
    let refused = server.call(vec![keep(queue("a"))]).await;
    let Err(ChangeRefused::Unavailable(why)) = refused else { panic!("{refused:?}") };
    assert_eq!((why.as_str(), server.names()), ("out of order", vec!["a".to_owned()]));
}

#[tokio::test]
async fn a_manifests_resources_come_change_and_go() {
    let server = Server::new();
    server.apply(&[queue("a"), queue("b")]).await;
    assert_eq!(server.names(), ["a", "b"]);
    server.apply(&[seconds(queue("a"), 60)]).await;
    assert_eq!(server.names(), ["a"]);
    assert_eq!(server.kept("a").map(|kept| kept.revision), Some(2));
    server.apply(&[seconds(queue("a"), 60)]).await;
    let expected = [
        "manifest: create queue queue a; ",
        "manifest: create queue queue b; ",
        "manifest: delete queue queue b; the manifest has it no more",
        "manifest: change queue queue a; visibility: 30s -> 1m",
    ];
    assert_eq!(server.told().await, expected);
}

#[tokio::test]
async fn what_is_kept_is_made_real_at_the_start() {
    let server = Server::new();
    server.apply(&[queue("a")]).await;
    server.call(vec![keep(queue("made"))]).await.expect("made");
    let restarted = Server::over(Arc::clone(&server.store), Arc::default());
    restarted.resources.begin(&stack(&[queue("a")]), Undeclared::Leaves).await.expect("begun");
    assert_eq!(restarted.names(), ["a", "made"]);
    assert_eq!(restarted.kept("made").map(|kept| kept.origin), Some(Origin::Operator));
}

#[tokio::test]
async fn what_an_api_changed_is_drift_until_the_manifest_is_applied() {
    let server = Server::new();
    let declared = stack(&[queue("a"), queue("b")]);
    server.resources.apply(&declared, &BTreeSet::new()).await.expect("applied");
    let changes = vec![keep(seconds(queue("a"), 45)), forget("b"), keep(queue("c"))];
    server.call(changes).await.expect("changed");
    let running = server.resources.as_running(&declared, &declared);
    let drift = stack::change_set::with_drift(&declared, &running, &declared);
    let expected = "+ queue b (deleted through an API)\n\
                    ~ queue a (changed through an API)\n    visibility: 45s -> 30s\n";
    assert_eq!(drift.to_string(), expected, "what nobody declared is no drift");
    server.resources.apply(&declared, &BTreeSet::new()).await.expect("applied");
    let running = server.resources.as_running(&declared, &declared);
    assert!(stack::change_set::with_drift(&declared, &running, &declared).is_empty());
    assert_eq!(server.names(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_resource_that_holds_something_outlives_its_declaration() {
    let server = Server::new();
    server.apply(&[queue("a")]).await;
    server.owner.is_occupied.store(true, Ordering::Relaxed);
    let notes = server.apply(&[]).await;
    assert_eq!(notes, ["queue a: is no longer declared, and kept since it is not empty"]);
    assert_eq!(server.kept("a").map(|kept| kept.origin), Some(Origin::Operator));
    let notes = server.apply(&[queue("a")]).await;
    assert_eq!(notes, ["queue a: was made through an API, and is the manifest's now"]);
}

#[tokio::test]
async fn it_does_so_when_it_left_while_the_server_was_down() {
    let server = Server::new();
    server.apply(&[queue("a")]).await;
    let restarted = Server::over(Arc::clone(&server.store), Arc::default());
    restarted.owner.is_occupied.store(true, Ordering::Relaxed);
    let notes = restarted.resources.begin(&stack(&[]), Undeclared::Leaves).await.expect("begun");
    assert_eq!(notes, ["queue a: is no longer declared, and kept since it is not empty"]);
    assert_eq!(restarted.names(), ["a"]);
}

#[tokio::test]
async fn references_to_nothing_change_nothing() {
    let server = Server::new();
    let dangling = redriving(queue("a"), "dead");
    let refused = server.call(vec![keep(dangling.clone())]).await;
    let to = Account::default().arn("sqs", "dead");
    let resource = ResourceId::of::<Queue>("a");
    assert_eq!(refused, Err(ChangeRefused::Dangling { resource, to, ours: Account::default() }));
    assert_eq!(server.resources.snapshot().iter().count(), 0);
    assert!(server.told().await.is_empty());
    server.call(vec![keep(dangling), keep(queue("dead"))]).await.expect("both exist now");
    let fifo = redriving(queue("a.fifo"), "dead");
    let refused = server.call(vec![keep(fifo)]).await;
    assert!(matches!(refused, Err(ChangeRefused::Refused(_))), "{refused:?}");
    let itself = server.call(vec![keep(redriving(queue("b"), "b"))]).await;
    assert!(matches!(itself, Err(ChangeRefused::Refused(_))), "{itself:?}");
    let refused = server.call(vec![keep(redriving(queue("dead"), "a"))]).await;
    let Err(ChangeRefused::Refused(circle)) = refused else { panic!("{refused:?}") };
    assert!(circle.contains("dead -> a -> dead"), "{circle}");
    server.call(vec![forget("dead")]).await.expect("as in AWS, a dead-letter queue can go");
}

#[tokio::test]
async fn what_refers_to_something_deleted_can_still_be_changed() {
    let server = Server::new();
    let source = redriving(queue("a"), "dead");
    server.call(vec![keep(source.clone()), keep(queue("dead"))]).await.expect("both exist");
    server.call(vec![forget("dead")]).await.expect("deleted");
    server.call(vec![keep(seconds(source, 60))]).await.expect("it refers to what it did before");
    for other in [redriving(queue("a"), "nothing"), redriving(queue("b"), "dead")] {
        let refused = server.call(vec![keep(other)]).await;
        assert!(matches!(refused, Err(ChangeRefused::Dangling { .. })), "{refused:?}");
    }
    let circle = server.call(vec![keep(redriving(queue("dead"), "a"))]).await;
    assert!(matches!(circle, Err(ChangeRefused::Refused(_))), "{circle:?}");
}

#[tokio::test]
async fn who_decided_on_what_was_is_told() {
    let server = Server::new();
    let seen = server.resources.snapshot();
    server.call(vec![keep(queue("a"))]).await.expect("made");
    let late = server.resources.change(seen, vec![keep(seconds(queue("a"), 9))]).await;
    assert_eq!(late, Err(ChangeRefused::Outdated(ResourceId::of::<Queue>("a"))));
    server.call(vec![keep(queue("a")), forget("never was")]).await.expect("nothing to do");
    assert_eq!(server.told().await, ["aws: create queue queue a; "]);
    let both = vec![forget("a"), keep(seconds(queue("a"), 9))];
    server.call(both).await.expect("in their order");
    assert_eq!(server.kept("a").map(|kept| kept.revision), Some(1));
}
