//! Bytes survive the way in and out of a function, in every payload format.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::TestPlatform;
use crate::builds;

const STACK: &str = "\
name: payloads
functions:
  python: { runtime: python3.11, code: python, handler: index.handler }
  node: { runtime: nodejs20.x, code: node, handler: index.handler }
  rust: { runtime: provided.al2023, code: RUST }
  java: { runtime: java21, code: JAVA, handler: app.Web }
  awslambdaric: { runtime: PYTHON, code: awslambdaric, handler: start.handler, layers: [TOOLS/python] }
  aws-lambda-ric: { runtime: provided.al2023, code: aws-lambda-ric, layers: [TOOLS/node] }
apis:
  http:
    hosts: http.test
    routes:
      POST /python/v2: { function: python, payload: \"2.0\" }
      POST /python/v1: { function: python, payload: \"1.0\" }
      POST /node/v2: { function: node, payload: \"2.0\" }
      POST /node/v1: { function: node, payload: \"1.0\" }
      POST /java/v2: { function: java, payload: \"2.0\" }
      POST /java/v1: { function: java, payload: \"1.0\" }
      POST /rust/v2: { function: rust, payload: \"2.0\" }
      POST /rust/v1: { function: rust, payload: \"1.0\" }
      POST /awslambdaric/v2: { function: awslambdaric, payload: \"2.0\" }
      POST /awslambdaric/v1: { function: awslambdaric, payload: \"1.0\" }
      POST /aws-lambda-ric/v2: { function: aws-lambda-ric, payload: \"2.0\" }
      POST /aws-lambda-ric/v1: { function: aws-lambda-ric, payload: \"1.0\" }
      GET /event/{name}/{rest+}: { function: python }
  rest:
    protocol: rest
    hosts: rest.test
    binary_media_types: [\"application/octet-stream\"]
    routes:
      POST /python/rest: { function: python }
      POST /node/rest: { function: node }
      POST /rust/rest: { function: rust }
      POST /java/rest: { function: java }
      POST /awslambdaric/rest: { function: awslambdaric }
      POST /aws-lambda-ric/rest: { function: aws-lambda-ric }
";

const PYTHON: &str = "\
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

const NODE: &str = "\
export const handler = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/octet-stream' },
  isBase64Encoded: event.isBase64Encoded,
  body: event.body,
});
";

const JAVA: &str = "\
package app;

import com.amazonaws.services.lambda.runtime.*;
import java.util.*;

public class Web implements RequestHandler<Map<String, Object>, Web.Answer> {
    public static class Answer {
        public int statusCode = 200;
        public Map<String, String> headers = Collections.singletonMap(\"content-type\", \"application/octet-stream\");
        public Object isBase64Encoded;
        public Object body;
    }

    public Answer handleRequest(Map<String, Object> event, Context context) {
        Answer answer = new Answer();
        answer.isBase64Encoded = event.get(\"isBase64Encoded\");
        answer.body = event.get(\"body\");
        return answer;
    }
}
";

/// The module that is loaded first replaces our bootstrap, so that AWS's client serves in the interpreter
/// that the sandbox shows.
const AWSLAMBDARIC: &str = "\
import glob, os, sys
os.environ['PYTHONPATH'] = glob.glob('/opt/lib/python*/site-packages')[0]
os.execv(sys.executable, [sys.executable, '-m', 'awslambdaric', 'index.handler'])
";

const AWS_LAMBDA_RIC: &str = "\
#!/bin/sh
exec node /opt/node_modules/.bin/aws-lambda-ric index.handler
";

fn start() -> TestPlatform {
    let tools = tools();
    let stack = STACK
        .replace("RUST", &echo().display().to_string())
        .replace("JAVA", &classes().display().to_string())
        .replace("TOOLS", &tools.display().to_string())
        .replace("PYTHON", &python_of(&tools));
    let files = [
        ("tidegate.yaml", &*stack),
        ("python/index.py", PYTHON),
        ("node/index.mjs", NODE),
        ("awslambdaric/start.py", AWSLAMBDARIC),
        ("awslambdaric/index.py", PYTHON),
        ("aws-lambda-ric/index.mjs", NODE),
        ("aws-lambda-ric/bootstrap", AWS_LAMBDA_RIC),
    ];
    TestPlatform::start_executable(&files, "aws-lambda-ric/bootstrap")
}

/// Where `scripts/setup` puts AWS's clients.
fn tools() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    tools.canonicalize().expect("run `scripts/setup` first: it installs AWS's runtime clients")
}

/// The runtime whose interpreter the clients were installed with.
fn python_of(tools: &Path) -> String {
    let libraries = tools.join("python/lib").read_dir().expect("a folder");
    let mut names = libraries.map(|entry| entry.expect("readable").file_name());
    names
        .find_map(|name| name.into_string().ok().filter(|name| name.starts_with("python3")))
        .expect("one")
}

/// A folder with a program on AWS's `lambda_runtime`.
fn echo() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("functions/echo/Cargo.toml");
    let built = builds::release(&manifest, "echo");
    let folder = built.join("code");
    builds::place(&built.join("echo"), &folder.join("bootstrap"));
    folder
}

/// A folder with the classes of a Java function.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("payloads-java");
        builds::classes(&[("app/Web.java", JAVA)], &folder);
        folder
    })
}

#[test]
fn bytes_survive_every_runtime_and_format_both_ways() {
    let platform = start();
    let bytes = b"\x00\xff\x80\n";
    for runtime in ["python", "node", "rust", "java", "awslambdaric", "aws-lambda-ric"] {
        for (host, format) in [("http.test", "v2"), ("http.test", "v1"), ("rest.test", "rest")] {
            let mut connection = platform.connect();
            let head = format!(
                "POST /{runtime}/{format} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\n\
                 content-type: application/octet-stream\r\naccept: application/octet-stream\r\n\r\n"
            );
            connection.send(&[head.as_bytes(), bytes].concat());
            let answer = connection.answer("POST").expect("an answer");
            assert_eq!((answer.status, &*answer.body), (200, &bytes[..]), "{runtime} {format}");
        }
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
