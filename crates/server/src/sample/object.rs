//! What S3 tells of objects.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use serde_json::{Value, json};

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const FLAGS: &[Flag] = &[
    flag("bucket", "The bucket's name", "sample-bucket"),
    flag("key", "The object's key, as it is; the event has it URL-encoded", "uploads/photo.jpg"),
    flag("size", "The object's size in bytes", "1024"),
    REGION,
];

pub(super) const PUT: Sample =
    Sample { source: "s3", kind: "put", about: "An object was written", flags: FLAGS, make: put };

pub(super) const DELETE: Sample = Sample {
    source: "s3",
    kind: "delete",
    about: "An object was deleted",
    flags: &[FLAGS[0], FLAGS[1], REGION],
    make: delete,
};

fn put(given: &Given<'_>) -> Result<String, SampleProblem> {
    let size: u64 =
        given.text("size").parse().map_err(|_| given.problem("size", "expected a number"))?;
    Ok(told(given, "ObjectCreated:Put", json!({ "size": size, "eTag": given.hex(32) })))
}

fn delete(given: &Given<'_>) -> Result<String, SampleProblem> {
    Ok(told(given, "ObjectRemoved:Delete", json!({})))
}

fn told(given: &Given<'_>, name: &str, about: Value) -> String {
    let bucket = given.text("bucket");
    let mut object = json!({ "key": encoded(given.text("key")) });
    if let (Some(object), Value::Object(about)) = (object.as_object_mut(), about) {
        object.extend(about);
        object.insert("sequencer".to_owned(), given.hex(18).to_uppercase().into());
    }
    let event = json!({ "Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": &*given.account.region,
        "eventTime": given.time(),
        "eventName": name,
        "userIdentity": { "principalId": "AWS:AIDAEXAMPLE" },
        "requestParameters": { "sourceIPAddress": "192.0.2.1" },
        "responseElements": {
            "x-amz-request-id": given.hex(16).to_uppercase(),
            "x-amz-id-2": given.hex(32),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "sample",
            "bucket": {
                "name": bucket,
                "ownerIdentity": { "principalId": "EXAMPLE" },
                "arn": format!("arn:aws:s3:::{bucket}"),
            },
            "object": object,
        },
    }] });
    event.to_string()
}

/// As in a form: spaces are pluses.
fn encoded(key: &str) -> String {
    const KEPT: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'*')
        .remove(b' ');
    percent_encoding::utf8_percent_encode(key, &KEPT).to_string().replace(' ', "+")
}
