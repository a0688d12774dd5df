//! Requests that lack what their route asks for are answered before anything is called.

use serde_json::json;

use crate::TestPlatform;
use crate::http::{Answer, Connection};
use crate::upstream::Upstream;

const TEMPLATE: &str = r##"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Models:
        Order:
          type: object
          required: [id]
          properties: { id: { type: integer }, lines: { type: array, items: { $ref: "#/definitions/line" } } }
        Line: { type: object, required: [code], properties: { code: { type: string, minLength: 2 } } }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import json
        def handler(event, context):
            return {"statusCode": 200, "body": json.dumps([event["body"], event["queryStringParameters"]])}
      Handler: index.handler
      Runtime: python3.11
      Events:
        Post:
          Type: Api
          Properties:
            Path: /orders
            Method: post
            RestApiId: !Ref Api
            RequestModel: { Model: Order, ValidateBody: true, ValidateParameters: true }
            RequestParameters:
              - method.request.querystring.page: { Required: true }
              - method.request.header.X-Team: { Required: true }
"##;

fn check(answer: &Answer, status: u16, body: &serde_json::Value) {
    assert_eq!((answer.status, &answer.json()), (status, body), "{answer:?}");
}

#[test]
fn a_rest_api_answers_as_on_aws_what_its_validator_refuses() {
    let platform = TestPlatform::start(&[("template.yaml", TEMPLATE)]);
    let post = |path: &str, headers: &[(&str, &str)], body: &str| {
        platform.post(path, headers, body.as_bytes())
    };
    let team = ("x-team", "blue");
    let missing = post("/Prod/orders", &[], r#"{"id": 1}"#);
    let message = "Missing required request parameters: [page, X-Team]";
    check(&missing, 400, &json!({ "message": message }));
    assert_eq!(missing.header("x-amzn-errortype"), Some("BadRequestException"));
    let blank = post("/Prod/orders?page=", &[team], "");
    check(&blank, 400, &json!({ "message": "Missing required request parameters: [page]" }));
    for body in ["", "{", "[]", r#"{"id": "1"}"#, r#"{"id": 1, "lines": [{"code": "a"}]}"#] {
        let invalid = post("/Prod/orders?page=1", &[team], body);
        check(&invalid, 400, &json!({ "message": "Invalid request body" }));
        assert_eq!(invalid.header("x-amzn-errortype"), Some("BadRequestException"));
    }
    let good = r#"{"id": 1, "lines": [{"code": "ab"}]}"#;
    let answer = post("/Prod/orders?page=1", &[team], good);
    check(&answer, 200, &json!([good, { "page": "1" }]));
    let other = post("/Prod/orders?page=1", &[team, ("content-type", "text/plain")], "no JSON");
    check(&other, 200, &json!(["no JSON", { "page": "1" }]));
}

const NATIVE: &str = r#"
name: native
upstreams: { echo: URL }
queues: { orders: {} }
apis:
  public:
    refusals: problem
    models: { Order: { type: object, required: [id] } }
    routes:
      POST /echo: { upstream: echo, validate: { body: Order } }
      POST /orders: { queue: orders, validate: { parameters: "query:by", body: Order } }
"#;

/// The body that a model has looked at goes on whole, though it came in chunks.
#[test]
fn upstreams_and_queues_get_only_what_fits() {
    let upstream = Upstream::start(|asked| {
        let length = asked.head.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        });
        let mut body = vec![0; length.expect("a length")];
        assert!(asked.read(&mut body));
        asked.answer("200 OK", std::str::from_utf8(&body).expect("text"));
        true
    });
    let manifest = NATIVE.replace("URL", &upstream.url);
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    let mut connection = Connection::open(&platform.api);
    let chunked = |body: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    connection.send(chunked(r#"{"id": 7}"#).as_bytes());
    let echoed = connection.answer("POST").expect("an answer");
    assert!(echoed.status == 200 && echoed.text().contains(r#"{"id": 7}"#), "{echoed:?}");
    connection.send(chunked("{}").as_bytes());
    let refused = connection.answer("POST").expect("an answer");
    assert_eq!((refused.status, &refused.json()["reason"]), (400, &json!("invalid_body")));
    assert_eq!(upstream.asked(), 1);
    let refused = platform.post("/orders", &[], br#"{"id": 7}"#);
    assert_eq!(refused.json()["missing-parameters"], json!(["by"]), "{refused:?}");
    assert_eq!(platform.post("/orders?by=me", &[], br#"{"id": 7}"#).status, 202);
    let waiting = platform.admin("GET", "/queues/orders").json();
    assert_eq!(waiting["visible"], 1, "{waiting}");
}
