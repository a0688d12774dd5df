//! Mail that SES received.
//! <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html>

use serde_json::json;

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const FLAGS: &[Flag] = &[
    flag("from", "Who sent it", "ada@example.com"),
    flag("to", "Whom it is for", "inbox@example.com"),
    flag("subject", "Its subject", "Hello"),
    REGION,
];

pub(super) const RECEIVED: Sample = Sample {
    source: "ses",
    kind: "email-receiving",
    about: "Mail that arrived; without its text, which SES does not pass on",
    flags: FLAGS,
    make: received,
};

fn received(given: &Given<'_>) -> Result<String, SampleProblem> {
    let [from, to, subject] = ["from", "to", "subject"].map(|name| given.text(name));
    let (id, time) = (given.hex(32), given.time());
    let pass = json!({ "status": "PASS" });
    let header = |name: &str, value: &str| json!({ "name": name, "value": value });
    let function = given.account.arn("lambda", "function:sample");
    let event = json!({ "Records": [{
        "eventSource": "aws:ses",
        "eventVersion": "1.0",
        "ses": {
            "mail": {
                "timestamp": time,
                "source": from,
                "messageId": id,
                "destination": [to],
                "headersTruncated": false,
                "headers": [header("From", from), header("To", to), header("Subject", subject)],
                "commonHeaders": {
                    "returnPath": from,
                    "from": [from],
                    "date": time,
                    "to": [to],
                    "messageId": format!("<{id}@example.com>"),
                    "subject": subject,
                },
            },
            "receipt": {
                "timestamp": time,
                "processingTimeMillis": 574,
                "recipients": [to],
                "spamVerdict": pass,
                "virusVerdict": pass,
                "spfVerdict": pass,
                "dkimVerdict": pass,
                "dmarcVerdict": pass,
                "action": {
                    "type": "Lambda",
                    "functionArn": function,
                    "invocationType": "Event",
                },
            },
        },
    }] });
    Ok(event.to_string())
}
