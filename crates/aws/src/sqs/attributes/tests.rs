use model::{Queue, QueueName};

use super::*;

fn queue(name: &str) -> Queue {
    Queue::new(QueueName::parse(name).expect("a name"))
}

/// What becomes of a queue, or the error's code.
fn check(name: &str, attributes: &[(&str, &str)], expected: Result<&[(&str, &str)], &str>) {
    let given = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let mut changed = queue(name);
    let before = declared(&changed);
    let applied = apply(&mut changed, &given).map(|()| declared(&changed));
    let differing = applied.as_ref().map(|after| {
        let new = after.iter().filter(|one| !before.contains(one));
        new.map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>()
    });
    assert_eq!(differing.map_err(AwsError::code), expected.map(<[_]>::to_vec), "{attributes:?}");
}

#[test]
fn what_is_set_can_be_read() {
    for one in [
        ("DelaySeconds", "900"),
        ("MaximumMessageSize", "1024"),
        ("MessageRetentionPeriod", "60"),
        ("ReceiveMessageWaitTimeSeconds", "20"),
        ("VisibilityTimeout", "0"),
        ("Policy", r#"{"Version":"2012-10-17"}"#),
        (
            "RedrivePolicy",
            r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}"#,
        ),
        (
            "RedriveAllowPolicy",
            r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:jobs"]}"#,
        ),
    ] {
        check("jobs", &[one], Ok(&[one]));
    }
    let fifo = [
        ("ContentBasedDeduplication", "true"),
        ("DeduplicationScope", "messageGroup"),
        ("FifoThroughputLimit", "perMessageGroupId"),
    ];
    check("jobs.fifo", &fifo, Ok(&fifo));
    check("jobs", &[("SqsManagedSseEnabled", "false"), ("KmsMasterKeyId", "")], Ok(&[]));
    check("jobs", &[("Policy", ""), ("RedrivePolicy", "")], Ok(&[]));
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    for (name, value) in [
        ("DelaySeconds", "901"),
        ("DelaySeconds", "-1"),
        ("DelaySeconds", "soon"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("VisibilityTimeout", "43201"),
        ("Policy", "no JSON"),
        ("Policy", "[]"),
    ] {
        check("jobs", &[(name, value)], Err("InvalidAttributeValue"));
    }
    check("jobs.fifo", &[("DeduplicationScope", "all")], Err("InvalidAttributeValue"));
    check("jobs.fifo", &[("FifoQueue", "false")], Err("InvalidAttributeValue"));
    check(
        "jobs.fifo",
        &[("FifoThroughputLimit", "perMessageGroupId")],
        Err("InvalidAttributeValue"),
    );
}

#[test]
fn what_a_queue_does_not_have_is_refused() {
    check("jobs", &[("Colour", "red")], Err("InvalidAttributeName"));
    check("jobs", &[("QueueArn", "arn:aws:sqs:::jobs")], Err("InvalidAttributeName"));
    check("jobs", &[("ContentBasedDeduplication", "true")], Err("InvalidAttributeName"));
    check("jobs", &[("FifoQueue", "true")], Err("InvalidAttributeName"));
    check("jobs", &[("KmsMasterKeyId", "alias/aws/sqs")], Err("UnsupportedOperation"));
    check("jobs", &[("SqsManagedSseEnabled", "true")], Err("UnsupportedOperation"));
}
