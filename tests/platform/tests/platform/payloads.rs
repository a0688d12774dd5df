//! Bytes survive the way in and out of a function, in every payload format.

use serde_json::Value;

use crate::TestPlatform;

const STACK: &str = "\
name: payloads
functions:
  echo: { runtime: python3.11, code: echo, handler: index.handler }
apis:
  http:
    hosts: http.test
    routes:
      POST /v2: { function: echo, payload: \"2.0\" }
      POST /v1: { function: echo, payload: \"1.0\" }
      GET /event/{name}/{rest+}: { function: echo }
  rest:
    protocol: rest
    hosts: rest.test
    binary_media_types: [\"application/octet-stream\"]
    routes:
      POST /rest: { function: echo }
";

const ECHO: &str = "\
import json

def handler(event, context):
    if event.get('version') == '2.0' and event['routeKey'].startswith('GET'):
        return event
    return {
        'statusCode': 200,
        'headers': {'content-type': 'application/octet-stream'},
        'isBase64Encoded': event['isBase64Encoded'],
        'body': event['body'],
    }
";

fn start() -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", STACK), ("echo/index.py", ECHO)])
}

#[test]
fn bytes_survive_every_format_both_ways() {
    let platform = start();
    let bytes = b"\x00\xff\x80\n";
    let head =
        [("content-type", "application/octet-stream"), ("accept", "application/octet-stream")];
    for (host, path) in [("http.test", "/v2"), ("http.test", "/v1"), ("rest.test", "/rest")] {
        let mut connection = platform.connect();
        let mut text = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\n");
        for (name, value) in head {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        connection.send(&[text.as_bytes(), b"\r\n", bytes].concat());
        let answer = connection.answer("POST").expect("an answer");
        assert_eq!((answer.status, &*answer.body), (200, &bytes[..]), "{path}");
    }
}

#[test]
fn an_event_keeps_the_raw_query_and_decodes_the_path() {
    let platform = start();
    let mut connection = platform.connect();
    connection.send(
        b"GET /event/a%20b/c/d%2Fe?x=1&x=2&y=a+b%20c HTTP/1.1\r\nhost: http.test\r\n\
          cookie: k=v; l=w\r\nx-two: 1\r\nx-two: 2\r\n\r\n",
    );
    let event: Value = connection.answer("GET").expect("an answer").json();
    assert_eq!(event["rawQueryString"], "x=1&x=2&y=a+b%20c");
    assert_eq!(event["queryStringParameters"]["x"], "1,2");
    assert_eq!(event["pathParameters"]["name"], "a b");
    assert_eq!(event["headers"]["x-two"], "1,2");
    assert_eq!(event["cookies"], serde_json::json!(["k=v", "l=w"]));
    assert_eq!(event["routeKey"], "GET /event/{name}/{rest+}");
}
