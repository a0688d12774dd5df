//! Services of the Serverless Framework and documents of OpenAPI: what people have in their folders runs as it is.

use serde_json::json;

use crate::TestPlatform;
use crate::http::Connection;
use crate::patience::until;

/// In the shape in which the framework starts people off, for Python behind an HTTP API.
const PYTHON_HTTP_API: &str = "\
service: aws-python-http-api
frameworkVersion: '3'

provider:
  name: aws
  runtime: python3.9

functions:
  hello:
    handler: handler.hello
    events:
      - httpApi:
          path: /
          method: get
";

const PYTHON_CODE: &str = r#"
import json


def hello(event, context):
    body = {"message": "Your function executed successfully!", "input": event}
    return {"statusCode": 200, "body": json.dumps(body)}
"#;

/// The same for Node.
const NODE_HTTP_API: &str = "\
service: aws-node-http-api
frameworkVersion: '3'
provider:
  name: aws
  runtime: nodejs18.x
functions:
  api:
    handler: index.handler
    events:
      - httpApi:
          path: /
          method: get
";

const NODE_CODE: &str = r#"
module.exports.handler = async (event) => {
  return {
    statusCode: 200,
    body: JSON.stringify({ message: 'Go Serverless v3.0! Your function executed successfully!', input: event }, null, 2),
  };
};
"#;

#[test]
fn the_python_http_api_runs_as_it_is() {
    let files = [
        ("serverless.yml", PYTHON_HTTP_API),
        ("handler.py", PYTHON_CODE),
        ("README.md", "A hello world."),
        (".gitignore", ".serverless\n"),
    ];
    let platform = TestPlatform::start(&files);
    let said = platform.get("/?name=Ada").json();
    assert_eq!(said["message"], "Your function executed successfully!");
    assert_eq!(said["input"]["version"], "2.0");
    assert_eq!(said["input"]["routeKey"], "GET /");
    assert_eq!(said["input"]["queryStringParameters"]["name"], "Ada");
    let other = platform.post("/", &[], b"{}");
    assert_eq!((other.status, other.json()), (404, json!({ "message": "Not Found" })));
}

#[test]
fn the_node_http_api_runs_as_it_is() {
    let files = [("serverless.yml", NODE_HTTP_API), ("index.js", NODE_CODE)];
    let platform = TestPlatform::start(&files);
    let said = platform.get("/").json();
    assert_eq!(said["message"], "Go Serverless v3.0! Your function executed successfully!");
    assert_eq!(said["input"]["requestContext"]["http"]["method"], "GET");
}

/// A REST API, variables, a topic and what goes wrong with them.
const SHOP: &str = "\
service: shop
useDotenv: true
provider:
  name: aws
  runtime: python3.9
  stage: ${opt:stage, 'dev'}
  environment:
    GREETING: ${file(./settings.yml):${sls:stage}.greeting}
    SECRET: ${env:SHOP_SECRET}
    TOPIC: ${self:custom.topic}
custom:
  topic: ${self:service}-${sls:stage}-placed
functions:
  take:
    handler: src/shop.take
    events:
      - http:
          path: orders/{id}
          method: put
          cors: true
  tell:
    handler: src/shop.tell
    timeout: 10
    events:
      - sns: ${self:custom.topic}
      - schedule: rate(1 hour)
";

const SHOP_CODE: &str = r#"
import json
import os


def take(event, context):
    order = event["pathParameters"]["id"]
    names = ["GREETING", "SECRET", "TOPIC"]
    body = {"order": order, "name": context.function_name, **{name: os.environ[name] for name in names}}
    return {"statusCode": 201, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}


def tell(event, context):
    print("told of", event["Records"][0]["Sns"]["Message"])
"#;

#[test]
fn a_service_with_variables_a_rest_api_and_a_topic_runs() {
    let files = [
        ("serverless.yml", SHOP),
        ("src/shop.py", SHOP_CODE),
        ("settings.yml", "prod:\n  greeting: good day\n"),
        (".env", "SHOP_SECRET=from the file\n"),
    ];
    let platform = TestPlatform::start_with(&files, &["--set", "stage=prod"]);
    let said = {
        let mut connection = platform.connect();
        connection.request("PUT", "/prod/orders/7", &[], b"")
    };
    let expected = json!({
        "order": "7",
        "name": "shop-prod-take",
        "GREETING": "good day",
        "SECRET": "from the file",
        "TOPIC": "shop-prod-placed",
    });
    assert_eq!((said.status, said.json()), (201, expected));
    let asked = platform.connect().request("OPTIONS", "/prod/orders/7", &[], b"");
    assert_eq!(asked.status, 204);
    assert_eq!(asked.header("access-control-allow-methods"), Some("OPTIONS,PUT"));

    let topic = "arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Ashop-prod-placed";
    let form = format!("Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=order+7");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let published = Connection::open(&platform.aws).request("POST", "/", &kind, form.as_bytes());
    assert_eq!(published.status, 200, "{}", published.text());
    until("the topic's function was told", || {
        let said = platform.tidegate(&["logs", "--function", "shop-prod-tell"]).said();
        said.out.contains("told of order 7")
    });
    let schedules = platform.tidegate(&["schedules"]).said();
    assert!(schedules.out.contains("tell-schedule"), "{}", schedules.out);
}

/// A route that asks for a key, under a plan that lets two requests through.
const PRIVATE: &str = "\
service: private
useDotenv: true
provider:
  name: aws
  runtime: python3.9
  apiGateway:
    apiKeys: [visitor, { name: partner, value: \"${env:PARTNER_KEY}\" }]
    usagePlan:
      quota: { limit: 2, offset: 0, period: MONTH }
      throttle: { burstLimit: 200, rateLimit: 100 }
functions:
  hello:
    handler: handler.hello
    events:
      - http: { path: hello, method: get, private: true }
";

#[test]
fn keys_of_a_service_open_its_private_routes() {
    let value = "of-a-partner-and-nobody-else";
    let variables = format!("PARTNER_KEY={value}\n");
    let files =
        [("serverless.yml", PRIVATE), ("handler.py", PYTHON_CODE), (".env", variables.as_str())];
    let platform = TestPlatform::start(&files);
    let refused = platform.get("/dev/hello");
    assert_eq!((refused.status, refused.json()), (403, json!({ "message": "Forbidden" })));
    let mut connection = platform.connect();
    let mut ask = || connection.request("GET", "/dev/hello", &[("x-api-key", value)], b"").status;
    assert_eq!([ask(), ask(), ask()], [200, 200, 429]);
    let native = platform.tidegate(&["synth", "--native"]).said();
    assert!(native.out.contains("value: \"${param:partner-value}\""), "{}", native.out);
    assert!(!native.out.contains(value), "{}", native.out);
}

const PETS: &str = r##"
openapi: 3.0.1
info: { title: pets, version: "1" }
x-tidegate:
  functions:
    pets: { runtime: python3.11, code: functions, handler: pets.handler }
paths:
  /pets/{id}:
    get:
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/pets" }
  /about:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses:
          default:
            statusCode: "200"
            responseParameters: { method.response.header.X-Kind: "'fixed'" }
            responseTemplates: { application/json: '{"about": "pets"}' }
components:
  x-amazon-apigateway-integrations:
    pets:
      type: aws_proxy
      httpMethod: POST
      uri: arn:aws:lambda:us-east-1:123456789012:function:pets
      payloadFormatVersion: "2.0"
"##;

/// What each function has of the folder, and since when it runs.
const PACKAGED: &str = "\
service: packaged
provider: { name: aws, runtime: python3.9 }
package:
  individually: true
  patterns: ['!**', 'src/**', '!src/**/*.md']
functions:
  list:
    handler: src/own.files
    package: { patterns: ['data/{a,b}.json'] }
    events: [{ httpApi: GET /list }]
  plain:
    handler: src/own.files
    events: [{ httpApi: GET /plain }]
";

const PACKAGED_CODE: &str = r#"
import os
import uuid

BORN = uuid.uuid4().hex
ROOT = os.environ["LAMBDA_TASK_ROOT"]


def files(event, context):
    found = [os.path.join(folder, name) for folder, _, names in os.walk(ROOT) for name in names]
    return {"files": sorted(os.path.relpath(file, ROOT) for file in found), "born": BORN}
"#;

#[test]
fn a_function_has_the_files_that_its_package_takes_in_and_no_others() {
    let files = [
        ("serverless.yml", PACKAGED),
        ("src/own.py", PACKAGED_CODE),
        ("src/notes/own.md", "not code"),
        ("data/a.json", "1"),
        ("data/c.json", "1"),
        ("test.py", "1"),
    ];
    let platform = TestPlatform::start(&files);
    let list = platform.get("/list").json();
    assert_eq!(list["files"], json!(["data/a.json", "src/own.py"]));
    let plain = platform.get("/plain").json();
    assert_eq!(plain["files"], json!(["src/own.py"]));
    // Nobody's file is saved, and then one that a function has.
    platform.save("data/c.json", "2");
    assert_eq!(platform.event("reload")["changes"], json!([]));
    assert_eq!(
        (platform.get("/list").json(), platform.get("/plain").json()),
        (list.clone(), plain.clone())
    );
    platform.save("data/b.json", "1");
    let reload = platform.event("reload");
    assert_eq!(reload["changes"], json!(["~ code of function packaged-dev-list"]));
    let renewed = platform.get("/list").json();
    assert_eq!(renewed["files"], json!(["data/a.json", "data/b.json", "src/own.py"]));
    assert_ne!(renewed["born"], list["born"]);
    assert_eq!(platform.get("/plain").json(), plain);
    let native = platform.tidegate(&["synth", "--native"]).said();
    assert!(native.out.contains("data/{a,b}.json"), "{native:?}");
}

#[test]
fn an_openapi_document_is_served() {
    let code = "def handler(event, context):\n    return {'pet': event['pathParameters']['id']}\n";
    let platform = TestPlatform::start(&[("openapi.yaml", PETS), ("functions/pets.py", code)]);
    assert_eq!(platform.get("/pets/7").json(), json!({ "pet": "7" }));
    let about = platform.get("/about");
    assert_eq!((about.status, about.json()), (200, json!({ "about": "pets" })));
    assert_eq!(about.header("x-kind"), Some("fixed"));
}
