//! Promises about what topics accepted.

use bytes::Bytes;
use model::{Account, Arn, Timestamp};

use crate::{
    AcceptedId, DeliveryOrder, DeliveryOutcome, DueDelivery, KeptDelivery, Publication, Store,
};

fn arn(name: &str) -> Arn {
    Account::default().arn("sns", name)
}

fn publication(message: &'static str, to: &[(&str, u64)]) -> Publication {
    let due = |(name, due): &(&str, u64)| DueDelivery {
        subscription: arn(name),
        attempts: 0,
        due: Timestamp(*due),
    };
    Publication {
        topic: arn("news"),
        message: Bytes::from_static(message.as_bytes()),
        to: to.iter().map(due).collect(),
    }
}

async fn of(store: &impl Store, name: &str, order: DeliveryOrder) -> Vec<KeptDelivery> {
    store.deliveries(arn(name), order, 100).await.expect("deliveries")
}

fn texts(deliveries: &[KeptDelivery]) -> Vec<String> {
    let text = |delivery: &KeptDelivery| String::from_utf8(delivery.message.to_vec());
    deliveries.iter().map(|delivery| text(delivery).expect("text")).collect()
}

pub async fn a_publication_is_due_for_each_subscription(store: &impl Store) {
    let both = [("news:a", 20), ("news:b", 10)];
    let publications = vec![publication("first", &both), publication("second", &[("news:a", 5)])];
    store.keep_publications(publications, Vec::new()).await.expect("kept");
    let awaiting = store.awaiting_subscriptions().await.expect("subscriptions");
    assert_eq!(awaiting, [arn("news:a"), arn("news:b")]);
    let by_due = of(store, "news:a", DeliveryOrder::ByDue).await;
    assert_eq!(texts(&by_due), ["second", "first"]);
    let by_number = of(store, "news:a", DeliveryOrder::ByNumber).await;
    assert_eq!(texts(&by_number), ["first", "second"]);
    assert_eq!((by_number[0].due, &by_number[0].topic), (Timestamp(20), &arn("news")));
    let one = store.deliveries(arn("news:a"), DeliveryOrder::ByDue, 1).await.expect("one");
    assert_eq!(texts(&one), ["second"]);
}

pub async fn a_delivery_stays_until_it_is_settled(store: &impl Store) {
    let publications = vec![publication("m", &[("news:a", 1), ("news:b", 1)])];
    store.keep_publications(publications, Vec::new()).await.expect("kept");
    let a = of(store, "news:a", DeliveryOrder::ByDue).await;
    let again = DeliveryOutcome::Again { attempts: 3, due: Timestamp(50) };
    store.settle_deliveries(vec![(a[0].number, again)]).await.expect("noted");
    let a = of(store, "news:a", DeliveryOrder::ByDue).await;
    assert_eq!((a[0].attempts, a[0].due), (3, Timestamp(50)));
    store.settle_deliveries(vec![(a[0].number, DeliveryOutcome::Settled)]).await.expect("settled");
    assert!(of(store, "news:a", DeliveryOrder::ByDue).await.is_empty());
    // Settling twice, and settling what is gone, changes nothing.
    store.settle_deliveries(vec![(a[0].number, DeliveryOutcome::Settled)]).await.expect("settled");
    assert_eq!(texts(&of(store, "news:b", DeliveryOrder::ByDue).await), ["m"]);
}

pub async fn a_forgotten_subscription_waits_for_nothing(store: &impl Store) {
    let publications = vec![publication("m", &[("news:a", 1), ("news:b", 1)])];
    store.keep_publications(publications, Vec::new()).await.expect("kept");
    store.forget_deliveries(arn("news:a")).await.expect("forgotten");
    assert_eq!(store.awaiting_subscriptions().await.expect("subscriptions"), [arn("news:b")]);
    let b = of(store, "news:b", DeliveryOrder::ByNumber).await;
    store.settle_deliveries(vec![(b[0].number, DeliveryOutcome::Settled)]).await.expect("settled");
    assert!(store.awaiting_subscriptions().await.expect("subscriptions").is_empty());
}

pub async fn accepted_ids_are_kept_for_a_while(store: &impl Store) {
    let accepted = |deduplication: &str, at| AcceptedId {
        topic: arn("news.fifo"),
        deduplication: deduplication.to_owned(),
        message: "an id".to_owned(),
        sequence: 10_000_000_000_000_000_000 + at,
        at: Timestamp(at),
    };
    let ids = vec![accepted("x", 10), accepted("y", 20)];
    store.keep_publications(Vec::new(), ids).await.expect("kept");
    let since = |at| store.accepted_ids(Timestamp(at));
    assert_eq!(since(0).await.expect("ids"), [accepted("x", 10), accepted("y", 20)]);
    assert_eq!(since(20).await.expect("ids"), [accepted("y", 20)]);
    store.forget_accepted(Timestamp(15)).await.expect("forgotten");
    assert_eq!(since(0).await.expect("ids"), [accepted("y", 20)]);
}
