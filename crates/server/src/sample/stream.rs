//! Records of streams.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>
pub(super) const DYNAMODB: Sample = Sample {
    source: "dynamodb",
    kind: "update",
    about: "An item that was put, changed and removed",
    flags: &[
        flag("table", "The table's name", "sample"),
        flag("key", "The value of the item's key `Id`", "7"),
        REGION,
    ],
    make: update,
};

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>
pub(super) const KINESIS: Sample = Sample {
    source: "kinesis",
    kind: "get-records",
    about: "A record of a stream",
    flags: KINESIS_FLAGS,
    make: records,
};

const KINESIS_FLAGS: &[Flag] = &[
    flag("stream", "The stream's name", "sample"),
    flag("data", "The record's data; the event has it in base64", "Hello, this is a record."),
    flag("partition-key", "The record's partition key", "1"),
    REGION,
];

fn update(given: &Given<'_>) -> Result<String, SampleProblem> {
    let (table, seconds) = (given.text("table"), given.now.0 / 1000);
    let time = given.time();
    let stream = format!("table/{table}/stream/{}", time.trim_end_matches('Z'));
    let arn = given.account.arn("dynamodb", stream);
    let keys = json!({ "Id": { "S": given.text("key") } });
    let image = |message: &str| json!({ "Message": { "S": message }, "Id": keys["Id"] });
    let (first, second) = (image("New item!"), image("This item has changed"));
    let changes = [
        ("INSERT", json!({ "NewImage": first }), 26),
        ("MODIFY", json!({ "NewImage": second, "OldImage": first }), 59),
        ("REMOVE", json!({ "OldImage": second }), 38),
    ];
    let records = changes.into_iter().zip(1_u32..).map(|((name, images, size), nth)| {
        let mut record = json!({
            "ApproximateCreationDateTime": seconds,
            "Keys": keys,
            "SequenceNumber": format!("{}", u64::from(nth) * 111),
            "SizeBytes": size,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        if let (Some(record), Some(images)) = (record.as_object_mut(), images.as_object()) {
            record.extend(images.clone());
        }
        json!({
            "eventID": given.id(nth).replace('-', ""),
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": &*given.account.region,
            "dynamodb": record,
            "eventSourceARN": arn,
        })
    });
    Ok(json!({ "Records": records.collect::<Vec<_>>() }).to_string())
}

fn records(given: &Given<'_>) -> Result<String, SampleProblem> {
    let stream = given.account.arn("kinesis", format_args!("stream/{}", given.text("stream")));
    let role = format!("arn:aws:iam::{}:role/sample", given.account.id);
    let number = format!("{:056}", given.random);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of now are exact in a double")]
    let arrived = given.now.0 as f64 / 1000.0;
    let event = json!({ "Records": [{
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": given.text("partition-key"),
            "sequenceNumber": number,
            "data": BASE64_STANDARD.encode(given.text("data")),
            "approximateArrivalTimestamp": arrived,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-000000000000:{number}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role,
        "awsRegion": &*given.account.region,
        "eventSourceARN": stream,
    }] });
    Ok(event.to_string())
}
