//! Code that is written in a manifest.

use std::io::{Read, Write};
use std::net::TcpListener;

use model::{FunctionCode, InlineCode, Runtime};
use serde_json::{Value, json};

use crate::platform::{TestPlatform, function};

const PYTHON: &str = r#"
import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"made": event["Made"]}, "thing-1")
    return __name__
"#;

const NODE: &str = r#"
const response = require('cfn-response');
exports.handler = (event, context) =>
  response.send(event, context, response.SUCCESS, { made: event.Made }, 'thing-1');
"#;

/// Takes one request, and says its first line, its content type and its body.
fn listen(listener: TcpListener) -> std::thread::JoinHandle<(String, Option<String>, Value)> {
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut text = String::new();
        let body = loop {
            let mut bytes = [0; 4096];
            let count = connection.read(&mut bytes).expect("a request");
            text.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
            let Some((_, body)) = text.split_once("\r\n\r\n") else { continue };
            if let Ok(body) = serde_json::from_str(body) {
                break body;
            }
        };
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("an answer");
        let kind = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
        });
        (text.lines().next().unwrap_or_default().to_owned(), kind, body)
    })
}

async fn check(runtime: &str, text: &str, expected: Value) {
    let platform = TestPlatform::new();
    let language = Runtime::parse(runtime).expect("a runtime").language();
    let code = InlineCode::new(language, text.to_owned()).expect("a language with texts");
    let mut function = function(runtime, platform.folder.path());
    function.code = FunctionCode::Inline(code);
    let installation = platform.install(&[function]).await;
    assert!(installation.failed.is_empty(), "{:?}", installation.failed);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/told?key=1", listener.local_addr().expect("an address"));
    let told = listen(listener);
    let event = json!({
        "ResponseURL": url, "StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "Made": 7,
    });
    assert_eq!(platform.ok(&event.to_string()).await, expected);
    let (line, kind, mut body) = told.join().expect("a request");
    assert_eq!((&*line, kind.as_deref()), ("PUT /told?key=1 HTTP/1.1", Some("")));
    let reason = body["Reason"].take();
    assert!(reason.as_str().is_some_and(|it| it.starts_with("See the log stream 2")), "{reason}");
    let expected = json!({
        "Status": "SUCCESS", "Reason": null, "PhysicalResourceId": "thing-1", "StackId": "s",
        "RequestId": "r", "LogicalResourceId": "l", "NoEcho": false, "Data": { "made": 7 },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn inline_python_tells_cloudformation_through_the_module_beside_it() {
    check("python3.11", PYTHON, json!("index")).await;
}

#[tokio::test]
async fn inline_node_tells_cloudformation_through_the_module_beside_it() {
    check("nodejs20.x", NODE, json!(null)).await;
}
