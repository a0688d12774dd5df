use model::Account;

use super::super::message::{Bodies, InOrder};
use super::super::signer::for_tests;
use super::*;

fn published() -> Published {
    Published {
        id: "m-1".to_owned(),
        topic: Account::default().arn("sns", "news"),
        at: Timestamp(1_332_380_732_123),
        subject: None,
        bodies: Bodies::One("hello \"you\"".to_owned()),
        attributes: Vec::new(),
        fifo: None,
        group: None,
    }
}

fn attribute(data_type: &str, value: AttributeData) -> AttributeValue {
    AttributeValue { data_type: data_type.to_owned(), value }
}

fn notification(published: &Published) -> String {
    let urls = Urls { base: "http://127.0.0.1:4566".to_owned() };
    let signer = for_tests();
    let sealing = Sealing { signer: &signer, version: SignatureVersion::Sha256, urls: &urls };
    let subscription = Account::default().arn("sns", "news:s-1");
    let seal = sealing.of(published, published.bodies.of(Protocol::Sqs));
    let text =
        super::notification(published, Protocol::Sqs, &seal, &urls.unsubscribe(&subscription));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let signature = value["Signature"].as_str().expect("a signature");
    text.replace(signature, "SIGNATURE").replace(signer.file(), "FILE")
}

#[test]
fn a_notification_looks_as_sns_writes_it() {
    let expected = r#"{
  "Type" : "Notification",
  "MessageId" : "m-1",
  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:news",
  "Message" : "hello \"you\"",
  "Timestamp" : "2012-03-22T01:45:32.123Z",
  "SignatureVersion" : "2",
  "Signature" : "SIGNATURE",
  "SigningCertURL" : "http://127.0.0.1:4566/sns/FILE",
  "UnsubscribeURL" : "http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:news:s-1"
}"#;
    assert_eq!(notification(&published()), expected);
}

#[test]
fn subject_sequence_and_attributes_have_their_places() {
    let mut published = published();
    published.subject = Some("greeting".to_owned());
    let (group, deduplication) = ("g".to_owned(), "d".to_owned());
    let sequence = 10_000_000_000_000_000_007;
    published.fifo = Some(InOrder { group, deduplication, sequence });
    published.attributes = vec![
        ("a".to_owned(), attribute("Number", AttributeData::Text("1".to_owned()))),
        ("b".to_owned(), attribute("Binary", AttributeData::Binary(vec![2, 3, 4]))),
    ];
    let text = notification(&published);
    let (head, rest) = text.split_once("  \"Message\"").expect("a message");
    assert!(
        head.ends_with(
            r#"  "SequenceNumber" : "10000000000000000007",
  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:news",
  "Subject" : "greeting",
"#
        ),
        "{head}"
    );
    assert!(
        rest.ends_with(
            r#"  "MessageAttributes" : {
    "a" : {"Type":"Number","Value":"1"},
    "b" : {"Type":"Binary","Value":"AgME"}
  }
}"#
        ),
        "{rest}"
    );
}
