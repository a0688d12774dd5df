//! Topics over a store in memory, a port that notes what it gets, and real sockets.

mod endpoint;
mod port;

use std::sync::Arc;
use std::time::Duration;

use model::topic::{Confirmation, Endpoint, FilterScope, Protocol};
use model::{
    Account, Arn, AttributeData, AttributeValue, Clock, Subscription, SystemClock, Topic, TopicName,
};
use serde_json::Value;
use store::{Memory, PublicationStore};
use tokio::time::Instant;

use super::signer::pem_for_tests;
use super::{Message, PublishError};
use crate::tests::Paused;
use crate::{TopicSettings, Topics};
use endpoint::HttpEndpoint;
use port::Port;

struct World {
    store: Arc<Memory>,
    port: Arc<Port>,
    topics: Arc<Topics>,
}

fn name(text: &str) -> TopicName {
    TopicName::parse(text).expect("a name")
}

fn queue(name: &str) -> Arn {
    Account::default().arn("sqs", name)
}

fn to(topic: &str, protocol: Protocol, endpoint: &str) -> Subscription {
    let endpoint = Endpoint::parse(protocol, endpoint).expect("an endpoint");
    Subscription::new(Account::default().arn("sns", topic), endpoint)
}

fn to_queue(topic: &str, name: &str) -> Subscription {
    to(topic, Protocol::Sqs, queue(name).as_str())
}

fn over(store: &Arc<Memory>) -> Arc<Topics> {
    by(Arc::new(SystemClock::start()), store)
}

fn by(clock: Arc<dyn Clock>, store: &Arc<Memory>) -> Arc<Topics> {
    let pem = pem_for_tests();
    Topics::new(TopicSettings {
        store: Arc::<Memory>::clone(store),
        clock,
        account: Account::default(),
        seed: 7,
        address: "http://127.0.0.1:4566/".to_owned(),
        mail: None,
        signer: Arc::new(move || super::Signer::from_pem(pem)),
        runtime: tokio::runtime::Handle::current(),
    })
}

async fn world(topic: &str, subscriptions: Vec<Subscription>) -> World {
    let store = Arc::new(Memory::default());
    let port = Arc::new(Port::default());
    let topics = over(&store);
    topics.install(vec![Topic::new(name(topic))], subscriptions).await.expect("installed");
    topics.start(Arc::<Port>::clone(&port)).await.expect("started");
    World { store, port, topics }
}

fn message(body: &str) -> Message {
    Message { body: body.to_owned(), ..Message::default() }
}

fn in_group(body: &str, group: &str, id: &str) -> Message {
    let (group, deduplication) = (Some(group.to_owned()), Some(id.to_owned()));
    Message { group, deduplication, ..message(body) }
}

fn envelope(text: &str) -> Value {
    serde_json::from_str(text).expect("an envelope")
}

#[tokio::test]
async fn queues_and_functions_have_a_message_once_it_is_accepted() {
    let mut raw = to_queue("news", "raw");
    raw.raw = true;
    let function = Account::default().arn("lambda", "function:hello:prod");
    let subscriptions =
        vec![to_queue("news", "jobs"), raw, to("news", Protocol::Lambda, function.as_str())];
    let world = world("news", subscriptions).await;
    let value = AttributeData::Text("1".to_owned());
    let attribute = AttributeValue { data_type: "Number".to_owned(), value };
    let attributes = vec![("size".to_owned(), attribute)];
    let sent = Message { attributes: attributes.clone(), ..message("hello") };
    let receipt = world.topics.publish(&name("news"), sent).await.expect("accepted");
    let jobs = world.port.of("queue jobs");
    let wrapped = envelope(&jobs[0].text);
    assert_eq!(wrapped["Message"], "hello");
    assert_eq!(wrapped["MessageId"], receipt.id.as_str());
    assert_eq!(wrapped["MessageAttributes"]["size"]["Value"], "1");
    assert!(jobs[0].options.attributes.is_empty());
    let raw = world.port.of("queue raw");
    assert_eq!((raw[0].text.as_str(), &raw[0].options.attributes), ("hello", &attributes));
    let events = world.port.of("function hello:prod");
    let record = &envelope(&events[0].text)["Records"][0];
    assert_eq!(record["EventSource"], "aws:sns");
    assert_eq!(record["Sns"]["Message"], "hello");
    assert_eq!(record["Sns"]["Subject"], Value::Null);
    assert_eq!(record["Sns"]["MessageAttributes"]["size"]["Type"], "Number");
    assert!(world.store.awaiting_subscriptions().await.expect("none").is_empty());
}

#[tokio::test]
async fn only_who_is_confirmed_and_interested_gets_a_message() {
    let mut filtered = to_queue("news", "filtered");
    filtered.filter = Some(r#"{"kind":["sport"]}"#.to_owned());
    filtered.scope = FilterScope::MessageBody;
    let mut pending = to_queue("news", "pending");
    pending.confirmation = Confirmation::Pending { token: "t".to_owned() };
    let world = world("news", vec![filtered, pending]).await;
    for body in [r#"{"kind":"art"}"#, r#"{"kind":"sport"}"#] {
        world.topics.publish(&name("news"), message(body)).await.expect("accepted");
    }
    let got = world.port.of("queue filtered");
    assert_eq!(got.len(), 1);
    assert_eq!(envelope(&got[0].text)["Message"], r#"{"kind":"sport"}"#);
    assert!(world.port.of("queue pending").is_empty());
}

#[tokio::test]
async fn a_topic_that_is_not_there_takes_nothing() {
    let world = world("news", Vec::new()).await;
    let refused = world.topics.publish(&name("other"), message("m")).await;
    assert_eq!(refused, Err(PublishError::NoTopic));
}

#[tokio::test]
async fn what_a_queue_cannot_take_now_is_tried_again() {
    let world = world("news", vec![to_queue("news", "jobs")]).await;
    world.port.fail("queue jobs", 2, port::Failure::Unavailable);
    world.topics.publish(&name("news"), message("m")).await.expect("accepted");
    world.port.wait_for("queue jobs", 1).await;
}

#[tokio::test]
async fn what_nobody_can_take_goes_to_the_dead_letters() {
    let mut subscription = to_queue("news", "gone");
    subscription.dead_letters = Some(queue("dead"));
    let world = world("news", vec![subscription]).await;
    world.port.fail("queue gone", usize::MAX, port::Failure::NotFound);
    world.topics.publish(&name("news"), message("m")).await.expect("accepted");
    let dead = world.port.of("queue dead");
    assert_eq!(envelope(&dead[0].text)["Message"], "m");
}

#[tokio::test]
async fn a_fifo_topic_drops_what_it_has_accepted_and_counts_on() {
    let world = world("news.fifo", vec![to_queue("news.fifo", "jobs.fifo")]).await;
    let topic = name("news.fifo");
    let publish = |body, id| world.topics.publish(&topic, in_group(body, "g", id));
    let first = publish("one", "a").await.expect("accepted");
    let again = publish("other", "a").await.expect("known");
    assert_eq!(again, first);
    let second = publish("two", "b").await.expect("accepted");
    assert!(second.sequence > first.sequence);
    let got = world.port.of("queue jobs.fifo");
    let bodies: Vec<_> = got.iter().map(|it| envelope(&it.text)["Message"].to_string()).collect();
    assert_eq!(bodies, ["\"one\"", "\"two\""]);
    let options = &got[1].options;
    assert_eq!(options.group.as_deref(), Some("g"));
    assert_eq!(options.deduplication.as_deref(), Some("b"));
    // A later process knows what this one accepted.
    let later = over(&world.store);
    later.install(vec![Topic::new(topic.clone())], Vec::new()).await.expect("installed");
    later.start(Arc::<Port>::clone(&world.port)).await.expect("started");
    let known = later.publish(&topic, in_group("x", "g", "b")).await.expect("known");
    assert_eq!(known, second);
    let third = later.publish(&topic, in_group("x", "g", "c")).await.expect("accepted");
    assert!(third.sequence > second.sequence);
}

#[tokio::test]
async fn nothing_overtakes_what_failed_in_a_fifo_topic() {
    let world = world("news.fifo", vec![to_queue("news.fifo", "jobs.fifo")]).await;
    world.port.fail("queue jobs.fifo", 3, port::Failure::Unavailable);
    for id in ["a", "b", "c", "d"] {
        let message = in_group(id, "g", id);
        world.topics.publish(&name("news.fifo"), message).await.expect("accepted");
    }
    world.port.wait_for("queue jobs.fifo", 4).await;
    let got = world.port.of("queue jobs.fifo");
    let bodies: Vec<_> = got.iter().map(|it| envelope(&it.text)["Message"].to_string()).collect();
    assert_eq!(bodies, ["\"a\"", "\"b\"", "\"c\"", "\"d\""]);
}

#[tokio::test(start_paused = true)]
async fn nobody_gets_more_a_second_than_declared_while_messages_come() {
    let policy = r#"{"throttlePolicy":{"maxReceivesPerSecond":2}}"#;
    let mut subscription = to_queue("news.fifo", "jobs.fifo");
    let policy = model::topic::DeliveryPolicy::parse(policy).expect("a policy");
    subscription.delivery = Some(policy);
    subscription.raw = true;
    let (store, port) = (Arc::new(Memory::default()), Arc::new(Port::default()));
    let topics = by(Arc::new(Paused(Instant::now())), &store);
    topics.install(vec![Topic::new(name("news.fifo"))], vec![subscription]).await.expect("there");
    topics.start(Arc::<Port>::clone(&port)).await.expect("started");
    // What failed opens a lane, and what comes after it takes that, too.
    port.fail("queue jobs.fifo", 1, port::Failure::Unavailable);
    let begun = Instant::now();
    for id in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        topics.publish(&name("news.fifo"), in_group(id, "g", id)).await.expect("accepted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    port.wait_for("queue jobs.fifo", 10).await;
    assert!(begun.elapsed() >= Duration::from_millis(4_000), "after {:?}", begun.elapsed());
}

fn at_once(subscription: &mut Subscription, retries: u32) {
    let policy = format!(
        r#"{{"healthyRetryPolicy":{{"numRetries":{retries},"numNoDelayRetries":{retries}}}}}"#
    );
    let policy = model::topic::DeliveryPolicy::parse(&policy).expect("a policy");
    subscription.delivery = Some(policy);
}

#[tokio::test]
async fn an_endpoint_that_fails_gets_a_message_again() {
    let endpoint = HttpEndpoint::answering(&[500, 429, 200]).await;
    let mut subscription = to("news", Protocol::Http, &endpoint.url("/hook?x=1"));
    at_once(&mut subscription, 3);
    let arn = subscription.arn();
    let world = world("news", vec![subscription]).await;
    let receipt = world.topics.publish(&name("news"), message("m")).await.expect("accepted");
    let requests = endpoint.requests(3).await;
    assert!(requests[0].starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{}", requests[0]);
    for header in [
        "x-amz-sns-message-type: Notification".to_owned(),
        format!("x-amz-sns-message-id: {}", receipt.id),
        format!("x-amz-sns-subscription-arn: {arn}"),
        "content-type: text/plain; charset=UTF-8".to_owned(),
    ] {
        assert!(requests[2].contains(&header), "{header} in {}", requests[2]);
    }
    let (_, body) = requests[2].split_once("\r\n\r\n").expect("a body");
    assert_eq!(envelope(body)["Message"], "m");
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_not_asked_again() {
    let endpoint = HttpEndpoint::answering(&[403]).await;
    let mut subscription = to("news", Protocol::Http, &endpoint.url("/"));
    subscription.raw = true;
    subscription.dead_letters = Some(queue("dead"));
    let world = world("news", vec![subscription]).await;
    world.topics.publish(&name("news"), message("m")).await.expect("accepted");
    let dead = world.port.wait_for("queue dead", 1).await;
    assert_eq!(dead[0].text, "m");
    let requests = endpoint.requests(1).await;
    assert!(requests[0].contains("x-amz-sns-rawdelivery: true"), "{}", requests[0]);
}

#[tokio::test]
async fn a_later_process_goes_on_with_what_is_kept() {
    let endpoint = HttpEndpoint::answering(&[200]).await;
    let subscription = to("news", Protocol::Http, &endpoint.url("/"));
    let store = Arc::new(Memory::default());
    // A process that ends before anything runs: it has no runtime for its lanes.
    let other = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let ended = Topics::new(TopicSettings {
        store: Arc::<Memory>::clone(&store),
        clock: Arc::new(SystemClock::start()),
        account: Account::default(),
        seed: 7,
        address: "http://127.0.0.1:4566".to_owned(),
        mail: None,
        signer: Arc::new(|| unreachable!("nothing is signed")),
        runtime: other.handle().clone(),
    });
    let topics = vec![Topic::new(name("news"))];
    ended.install(topics.clone(), vec![subscription.clone()]).await.expect("installed");
    ended.publish(&name("news"), message("m")).await.expect("accepted");
    other.shutdown_background();
    let later = over(&store);
    later.install(topics, vec![subscription]).await.expect("installed");
    later.start(Arc::new(Port::default())).await.expect("started");
    let requests = endpoint.requests(1).await;
    assert!(requests[0].contains("\"m\""), "{}", requests[0]);
}

#[tokio::test]
async fn an_endpoint_is_asked_whether_it_agrees() {
    let endpoint = HttpEndpoint::answering(&[200, 200]).await;
    let mut subscription = to("news", Protocol::Http, &endpoint.url("/"));
    let world = world("news", vec![subscription.clone()]).await;
    assert!(world.topics.needs_consent(&subscription.endpoint));
    assert!(!world.topics.needs_consent(&to_queue("news", "jobs").endpoint));
    let token = world.topics.new_token();
    subscription.confirmation = Confirmation::Pending { token: token.clone() };
    world.topics.ask_for_consent(&subscription).await.expect("kept");
    let requests = endpoint.requests(1).await;
    assert!(requests[0].contains("x-amz-sns-message-type: SubscriptionConfirmation"));
    let (_, body) = requests[0].split_once("\r\n\r\n").expect("a body");
    let asked = envelope(body);
    assert_eq!(
        (&asked["Type"], &asked["Token"]),
        (&"SubscriptionConfirmation".into(), &token.as_str().into())
    );
    let link = asked["SubscribeURL"].as_str().expect("a link");
    assert!(
        link.starts_with("http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:"),
        "{link}"
    );
}

#[tokio::test]
async fn without_a_mail_server_nobody_is_asked_and_nothing_waits() {
    let subscription = to("news", Protocol::Email, "reader@example.com");
    let world = world("news", vec![subscription.clone()]).await;
    assert!(!world.topics.needs_consent(&subscription.endpoint));
    world.topics.publish(&name("news"), message("m")).await.expect("accepted");
    world.topics.until_idle().await;
    assert!(world.store.awaiting_subscriptions().await.expect("none").is_empty());
}
