//! Questions to Lambda authorizers of REST APIs.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>

use serde_json::json;

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const FLAGS: &[Flag] = &[
    flag("token", "The token that the caller sent", "Bearer example"),
    flag("method", "The request's method", "GET"),
    flag("path", "The path that was asked for", "/orders/7"),
    flag("stage", "The API's stage", "prod"),
    REGION,
];

pub(super) const TOKEN: Sample = Sample {
    source: "apigateway",
    kind: "authorizer",
    about: "A question to an authorizer of the type TOKEN",
    flags: FLAGS,
    make: token,
};

pub(super) const REQUEST: Sample = Sample {
    source: "apigateway",
    kind: "request-authorizer",
    about: "A question to an authorizer of the type REQUEST",
    flags: FLAGS,
    make: request,
};

fn method_arn(given: &Given<'_>) -> String {
    let [stage, method, path] = ["stage", "method", "path"].map(|name| given.text(name));
    given.account.arn("execute-api", format_args!("sample/{stage}/{method}{path}")).to_string()
}

fn token(given: &Given<'_>) -> Result<String, SampleProblem> {
    let event = json!({
        "type": "TOKEN",
        "authorizationToken": given.text("token"),
        "methodArn": method_arn(given),
    });
    Ok(event.to_string())
}

fn request(given: &Given<'_>) -> Result<String, SampleProblem> {
    let [token, method, path, stage] =
        ["token", "method", "path", "stage"].map(|name| given.text(name));
    let event = json!({
        "type": "REQUEST",
        "methodArn": method_arn(given),
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": { "Authorization": token, "Host": "api.example.com" },
        "multiValueHeaders": { "Authorization": [token], "Host": ["api.example.com"] },
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "path": format!("/{stage}{path}"),
            "accountId": &*given.account.id,
            "resourceId": "sample",
            "stage": stage,
            "requestId": given.id(0),
            "identity": { "apiKey": null, "apiKeyId": null, "sourceIp": "192.0.2.1" },
            "resourcePath": path,
            "httpMethod": method,
            "apiId": "sample",
        },
    });
    Ok(event.to_string())
}
