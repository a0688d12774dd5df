//! Requests through an Application Load Balancer.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>

use serde_json::json;

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const FLAGS: &[Flag] = &[
    flag("method", "The request's method", "GET"),
    flag("path", "The path that was asked for", "/orders/7"),
    flag("body", "The request's body", ""),
    flag("host", "The domain that was asked for", "lb.example.com"),
    REGION,
];

pub(super) const REQUEST: Sample = Sample {
    source: "alb",
    kind: "request",
    about: "A request through a load balancer",
    flags: FLAGS,
    make: request,
};

fn request(given: &Given<'_>) -> Result<String, SampleProblem> {
    let group = given.account.arn("elasticloadbalancing", "targetgroup/sample/6d0ecf831eec9f09");
    let event = json!({
        "requestContext": { "elb": { "targetGroupArn": group } },
        "httpMethod": given.text("method"),
        "path": given.text("path"),
        "queryStringParameters": {},
        "headers": {
            "accept": "*/*",
            "host": given.text("host"),
            "user-agent": "curl/8.5.0",
            "x-amzn-trace-id": format!("Root=1-{:08x}-{}", given.now.0 / 1000, given.hex(24)),
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "body": given.text("body"),
        "isBase64Encoded": false,
    });
    Ok(event.to_string())
}
