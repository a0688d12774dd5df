//! Programs that speak the Runtime API themselves, over TCP, well and badly.

use model::invoke::{FunctionErrorKind, Outcome};
use serde_json::json;

use crate::platform::TestPlatform;

/// A runtime on plain sockets; each test appends how it behaves.
const CLIENT: &str = r#"#!/usr/bin/python3
import json, os, socket, sys, time
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
API = "/2018-06-01/runtime/"

class Connection:
    def __init__(self):
        self.socket = socket.create_connection((host, int(port)))
        self.data = b""
    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())
    def answer(self):
        while b"\r\n\r\n" not in self.data:
            more = self.socket.recv(65536)
            if not more: return 0, {}, b""
            self.data += more
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        size = int(headers.get("content-length", 0))
        while len(self.data) < size:
            self.data += self.socket.recv(65536)
        body, self.data = self.data[:size], self.data[size:]
        return int(lines[0].split()[1]), headers, body
    def call(self, method, path, body=b"", headers=""):
        if not isinstance(body, bytes): body = body.encode()
        self.send("%s %s%s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n" % (method, API, path, headers, len(body)))
        self.send(body)
        return self.answer()
    def next(self):
        status, headers, body = self.call("GET", "invocation/next")
        if status != 200: sys.exit(9)
        return headers["lambda-runtime-aws-request-id"], headers, body
    def respond(self, id, body):
        return self.call("POST", "invocation/%s/response" % id, body)
c = Connection()
"#;

async fn with_runtime(behaviour: &str) -> TestPlatform {
    let platform = TestPlatform::new();
    install(&platform, behaviour).await;
    platform
}

async fn install(platform: &TestPlatform, behaviour: &str) {
    use std::os::unix::fs::PermissionsExt;
    let text = format!("{CLIENT}{behaviour}");
    let code = platform.code(&[("bootstrap", &text)]);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(code.join("bootstrap"), executable).expect("permissions");
    let mut function = crate::platform::function("provided.al2023", &code);
    function.concurrency = 1;
    function.timeout = std::time::Duration::from_secs(10);
    platform.install(&[function]).await;
}

#[tokio::test]
async fn an_invocation_carries_lambdas_headers() {
    let platform = with_runtime(
        r#"
while True:
    id, headers, body = c.next()
    c.respond(id, json.dumps({k: v for k, v in headers.items() if k.startswith("lambda-")}))
"#,
    )
    .await;
    let mut headers = platform.ok("{}").await;
    let id = headers["lambda-runtime-aws-request-id"].take();
    assert_eq!(id.as_str().map(str::len), Some(36));
    let deadline = headers["lambda-runtime-deadline-ms"].take();
    assert!(deadline.as_str().and_then(|text| text.parse::<u64>().ok()) > Some(1_600_000_000_000));
    let expected = json!({
        "lambda-runtime-aws-request-id": null,
        "lambda-runtime-deadline-ms": null,
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "lambda-runtime-trace-id":
            "root=1-00000000-000000000000000000000001;parent=0000000000000002;sampled=1",
    });
    let mut lowered = headers;
    let trace = lowered["lambda-runtime-trace-id"].as_str().expect("text").to_lowercase();
    lowered["lambda-runtime-trace-id"] = trace.into();
    assert_eq!(lowered, expected);
}

#[tokio::test]
async fn wrong_requests_are_refused_and_harm_nobody() {
    let platform = with_runtime(
        r#"
seen, last = [], None
def note(answer): seen.append([answer[0], json.loads(answer[2]).get("errorType", "")])
while True:
    id, headers, body = c.next()
    d = Connection()
    note(d.respond("someone-elses", "1"))
    if last: note(d.respond(last, "late"))
    note(d.call("GET", "invocation/next"))
    note(d.call("GET", "nowhere"))
    note(d.call("POST", "init/error", "{}"))
    d.send("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
    note(d.answer())
    e = Connection()
    e.send("nonsense\r\n\r\n"); note(e.answer())
    last = id
    assert c.respond(id, json.dumps(seen))[0] == 202
    seen = []
"#,
    )
    .await;
    let refusals = json!([
        [400, "InvalidRequestID"],
        [403, "InvalidStateTransition"],
        [404, "NotFound"],
        [403, "InvalidStateTransition"],
        [400, "InvalidRequest"],
        [400, "InvalidRequest"],
    ]);
    assert_eq!(platform.ok("1").await, refusals);
    let mut again = platform.ok("2").await;
    assert_eq!(again.as_array_mut().expect("a list").remove(1), json!([400, "InvalidRequestID"]));
    assert_eq!(again, refusals);
}

#[tokio::test]
async fn bodies_arrive_however_they_are_framed() {
    let platform = with_runtime(r#"
while True:
    id, headers, body = c.next()
    way, path = json.loads(body), API + "invocation/%s/response" % id
    head = "POST %s HTTP/1.1\r\nHost: a\r\n" % path
    if way == "chunked":
        c.send(head + "Transfer-Encoding: chunked\r\n\r\n3\r\n\"ab\r\n")
        c.send("2;x=y\r\nc\"\r\n0\r\n\r\n")
    elif way == "expect":
        c.send(head + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert c.answer()[0] == 100
        c.send('"abc"')
    elif way == "dribble":
        for byte in (head + "Content-Length: 5\r\n\r\n\"abc\"").encode(): c.send(bytes([byte]))
    elif way == "pipelined":
        c.send(head + "Content-Length: 5\r\n\r\n\"abc\"GET %sinvocation/next HTTP/1.1\r\nHost: a\r\n\r\n" % API)
        # Both answers come when there is an invocation to deliver.
        assert c.answer()[0] == 202
        status, headers, body = c.answer()
        c.respond(headers["lambda-runtime-aws-request-id"], '"abc"')
        continue
    elif way == "elsewhere":
        Connection().respond(id, '"abc"'); continue
    elif way == "closing":
        d = Connection()
        d.send(head + "Connection: close\r\nContent-Length: 5\r\n\r\n\"abc\"")
        assert d.answer()[0] == 202 and d.answer()[0] == 0
        continue
    assert c.answer()[0] == 202
"#).await;
    for way in ["chunked", "expect", "dribble", "pipelined", "1", "elsewhere", "closing", "chunked"]
    {
        assert_eq!(platform.ok(&format!("{way:?}")).await, json!("abc"), "{way}");
    }
    let code = r#"
while True:
    id, headers, body = c.next()
    c.respond(id, bytes([0, 255, 128, 10]))
"#;
    install(&platform, code).await;
    let Outcome::Payload(bytes) = platform.invoke("1").await.expect("run").outcome else {
        panic!("no payload");
    };
    assert_eq!(&bytes[..], [0, 255, 128, 10]);
}

#[tokio::test]
async fn a_response_over_six_megabytes_is_an_error() {
    let platform = with_runtime(r#"
while True:
    id, headers, body = c.next()
    size = json.loads(body)
    if size < 0:
        c.send("POST %sinvocation/%s/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" % (API, id))
        for _ in range(7): c.send(b"100000\r\n" + b"x" * 1048576 + b"\r\n")
        c.send("0\r\n\r\n")
        status = c.answer()[0]
    else:
        status = c.respond(id, b"1" * size)[0]
    sys.stdout.write("status %d\n" % status); sys.stdout.flush()
"#).await;
    for size in [6_291_557, -1] {
        let (error, document) = platform.error(&size.to_string()).await;
        assert_eq!(error.kind, FunctionErrorKind::Handled);
        assert_eq!(document["errorType"], "Function.ResponseSizeTooLarge");
    }
    let Outcome::Payload(largest) = platform.invoke("6291556").await.expect("run").outcome else {
        panic!("no payload");
    };
    assert_eq!(largest.len(), 6_291_556);
    platform.functions.drain(std::time::Duration::from_secs(5)).await;
    let log = platform.log();
    let statuses: Vec<&String> = log.iter().filter(|line| line.starts_with("status")).collect();
    assert_eq!(statuses, ["status 413", "status 413", "status 202"]);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error() {
    let platform = with_runtime(
        r#"
while True:
    id, headers, body = c.next()
    d = Connection()
    d.send("POST %sinvocation/%s/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
           "Lambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: text/plain\r\n\r\n"
           "5\r\nhello\r\n" % (API, id))
    d.socket.close(); del d
"#,
    )
    .await;
    for _ in 0..2 {
        let Outcome::Stream(mut stream) = platform.invoke("1").await.expect("run").outcome else {
            panic!("not a stream");
        };
        assert_eq!(stream.content_type.as_deref(), Some("text/plain"));
        assert_eq!(stream.next().await.expect("a chunk").expect("content"), "hello");
        let error = stream.next().await.expect("an end").expect_err("breaks off");
        assert!(String::from_utf8_lossy(&error.payload).contains("Runtime.TruncatedResponse"));
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn an_event_over_the_limit_is_refused() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", "def handler(e, c): return len(e)").await;
    let large = format!("\"{}\"", "x".repeat(6_291_556));
    let refusal = platform.invoke(&large).await.expect_err("too large");
    assert_eq!(
        refusal,
        model::InvokeRefusal::EventTooLarge { actual: 6_291_558, limit: 6_291_556 }
    );
}
