//! Functions behind routes: events in, results out, and everything that can go wrong between.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gateway::FunctionUrls;
use model::api::PayloadFormat;
use model::invoke::{ChunkStream, FunctionErrorKind, Outcome};
use model::{
    Account, Bound, FunctionError, FunctionName, FunctionUrl, FunctionVersion, Invocation,
    InvokeMode, InvokeRefusal, Protocol, Qualifier, ReplyStream, Stack, UrlAuth,
};

use crate::harness::{Act, Site, api, function, route, stack};

fn behind(protocol: Protocol, payload: PayloadFormat) -> Stack {
    stack(vec![api(protocol, vec![route("$default", function(payload))])])
}

/// Sends back what it received, as the event carried it.
fn echo(invocation: &Invocation) -> Act {
    let event: serde_json::Value = serde_json::from_slice(&invocation.event).expect("an event");
    let body = serde_json::json!({
        "statusCode": 200,
        "headers": {"content-type": "application/octet-stream"},
        "body": event["body"],
        "isBase64Encoded": event["isBase64Encoded"],
    });
    Act::Answer(body.to_string())
}

#[test]
fn bytes_go_through_unharmed_both_ways() {
    let bytes = [0x00, 0xff, 0x80, 0x0a];
    for (protocol, payload) in [
        (Protocol::Http, PayloadFormat::V2),
        (Protocol::Http, PayloadFormat::V1),
        (Protocol::Rest, PayloadFormat::Rest),
    ] {
        let mut stack = behind(protocol, payload);
        stack.apis[0].binary_media_types = vec!["*/*".into()];
        let site = Site::running(&stack, echo);
        for content_type in ["application/octet-stream", "text/plain", "application/json"] {
            let answer = site.post("/", content_type, &bytes);
            assert_eq!((answer.status, &answer.body[..]), (200, &bytes[..]), "{payload:?}");
        }
        assert_eq!(site.post("/", "text/plain", "Sábado".as_bytes()).text(), "Sábado");
    }
}

#[test]
fn the_event_names_the_request() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |invocation| {
        let event: serde_json::Value = serde_json::from_slice(&invocation.event).expect("event");
        let context = &event["requestContext"];
        let seen = serde_json::json!({
            "id": context["requestId"],
            "run": invocation.request_id.as_str(),
            "ip": context["http"]["sourceIp"],
            "trace": event["headers"]["x-amzn-trace-id"],
            "port": event["headers"]["x-forwarded-port"],
            "domain": context["domainName"],
        });
        Act::Answer(seen.to_string())
    });
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = site.send(&format!(
        "GET /x HTTP/1.1\nHost: api.example\ntraceparent: {parent}\nConnection: close\n\n"
    ));
    let seen: serde_json::Value = serde_json::from_str(answer.text()).expect("JSON");
    assert_eq!(answer.header("apigw-requestid"), seen["id"].as_str());
    assert_eq!(seen["run"].as_str().map(str::len), Some(36));
    assert_eq!(seen["ip"], "127.0.0.1");
    let trace = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";
    assert_eq!(seen["trace"], trace);
    assert_eq!(seen["port"], site.address.port().to_string());
    assert_eq!(seen["domain"], "api.example");
}

#[test]
fn a_function_url_names_the_run_and_sends_a_string_with_its_quotes() {
    let site = Site::running(&stack(vec![]), |invocation| {
        let event: serde_json::Value = serde_json::from_slice(&invocation.event).expect("event");
        let named = event["requestContext"]["requestId"].as_str().expect("an id");
        Act::Answer(format!("\"{named} {}\"", invocation.request_id.as_str()))
    });
    let url = FunctionUrl {
        function: FunctionName::parse("hello").expect("a name"),
        qualifier: Qualifier::LATEST,
        auth: UrlAuth::None,
        mode: InvokeMode::Buffered,
        cors: None,
    };
    let account = Account::default();
    let host = url.host(&account);
    site.gateway.install_urls(FunctionUrls { account, urls: vec![url] }).expect("it can be served");
    let answer = site.send(&format!("GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n"));
    let run = answer.header("x-amzn-requestid").expect("the run").to_owned();
    assert_eq!(run.len(), 36);
    assert_eq!(answer.text(), format!("\"{run} {run}\""));
    assert_eq!(answer.header("apigw-requestid"), None);
    let line = site.logged();
    assert_eq!(line["requestId"], run);
    assert_eq!(line["integration.requestId"], run);
}

#[test]
fn http_2_requests_say_so() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |invocation| {
        let event: serde_json::Value = serde_json::from_slice(&invocation.event).expect("event");
        let context = &event["requestContext"];
        let host = event["headers"]["host"].as_str().expect("a host");
        let protocol = context["http"]["protocol"].as_str().expect("a protocol");
        Act::Answer(format!(
            "\"{protocol} {host} {}\"",
            context["domainPrefix"].as_str().expect("it")
        ))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let text = runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(site.address).await.expect("connected");
        let executor = hyper_util::rt::TokioExecutor::new();
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(executor, io).await.expect("HTTP/2");
        let driven = tokio::spawn(connection);
        let request = http::Request::get("http://api.example/x")
            .body(http_body_util::Empty::<Bytes>::new())
            .expect("a request");
        let response = sender.send_request(request).await.expect("an answer");
        let whole = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body");
        driven.abort();
        String::from_utf8(whole.to_bytes().to_vec()).expect("text")
    });
    assert_eq!(text, "HTTP/2.0 api.example api");
}

#[test]
fn failures_have_the_shape_of_the_api() {
    type Case = (fn() -> Act, (u16, &'static str), (u16, &'static str));
    let cases: [Case; 7] = [
        (
            || Act::Reply(Outcome::Error(failed())),
            (500, r#"{"message":"Internal Server Error"}"#),
            (502, r#"{"message": "Internal server error"}"#),
        ),
        (
            || Act::Answer("no json".into()),
            (500, r#"{"message":"Internal Server Error"}"#),
            (502, r#"{"message": "Internal server error"}"#),
        ),
        (
            || Act::Refuse(InvokeRefusal::NotFound(echo_name())),
            (500, r#"{"message":"Internal Server Error"}"#),
            (502, r#"{"message": "Internal server error"}"#),
        ),
        (
            || {
                let retry_after = Duration::from_millis(1500);
                Act::Refuse(InvokeRefusal::Throttled {
                    function: echo_name(),
                    bound: Bound::Function,
                    limit: 1,
                    retry_after,
                })
            },
            (429, r#"{"message":"Too Many Requests"}"#),
            (429, r#"{"message":"Too Many Requests"}"#),
        ),
        (
            || {
                let (reason, retry_after) = ("exit 1".into(), Duration::from_secs(2));
                Act::Refuse(InvokeRefusal::BackingOff {
                    function: echo_name(),
                    version: FunctionVersion::Latest,
                    reason,
                    error: failed(),
                    retry_after,
                })
            },
            (503, r#"{"message":"Service Unavailable"}"#),
            (503, r#"{"message": "Service Unavailable"}"#),
        ),
        (
            || Act::Refuse(InvokeRefusal::EventTooLarge { actual: 7, limit: 6 }),
            (413, r#"{"message":"Request Entity Too Large"}"#),
            (413, r#"{"message":"Request Too Long"}"#),
        ),
        (
            || Act::Never,
            (503, r#"{"message":"Service Unavailable"}"#),
            (504, r#"{"message": "Endpoint request timed out"}"#),
        ),
    ];
    for (act, http, rest) in cases {
        for (protocol, payload, expected) in
            [(Protocol::Http, PayloadFormat::V2, http), (Protocol::Rest, PayloadFormat::Rest, rest)]
        {
            let mut stack = behind(protocol, payload);
            stack.apis[0].routes[0].timeout = Duration::from_millis(200);
            let site = Site::running(&stack, move |_| act());
            let answer = site.get("/");
            assert_eq!((answer.status, answer.text()), expected);
            if expected.0 == 429 {
                assert_eq!(answer.header("retry-after"), Some("2"));
            }
        }
    }
}

#[test]
fn a_malformed_reply_is_explained_in_the_functions_log() {
    type Case = (fn() -> Act, &'static str);
    let cases: [Case; 3] = [
        (
            || Act::Answer(r#"{"statusCode":200,"body":{"a":1}}"#.into()),
            "echo: malformed reply: `body` is an object, not text",
        ),
        (
            || stream(WITH_PRELUDE, vec![Ok(b"{\"statusCode\":\"abc\"}\0\0\0\0\0\0\0\0")]),
            "echo: malformed reply: `statusCode` is text, not a whole number from 200 to 599",
        ),
        (
            || stream(WITH_PRELUDE, vec![Ok(b"{}")]),
            "echo: malformed reply: the stream has no eight NUL bytes after its prelude",
        ),
    ];
    for (act, expected) in cases {
        let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), move |_| act());
        assert_eq!(site.get("/").status, 500, "{expected}");
        assert_eq!(*site.notes.lock().expect("no panic"), [expected]);
        assert_eq!(site.logged()["error.responseType"], "malformed_reply", "{expected}");
    }
    let fails = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |_| {
        Act::Reply(Outcome::Error(failed()))
    });
    assert_eq!(fails.get("/").status, 500);
    assert!(fails.notes.lock().expect("no panic").is_empty(), "the function's own log says it");
}

fn echo_name() -> FunctionName {
    FunctionName::parse("echo").expect("name")
}

fn failed() -> FunctionError {
    let payload = Bytes::from_static(br#"{"errorMessage":"secret","errorType":"Error"}"#);
    FunctionError { kind: FunctionErrorKind::Handled, payload }
}

#[test]
fn bodies_over_the_limit_are_refused() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), echo);
    let declared = site.post("/", "text/plain", &vec![b'x'; (64 << 10) + 1]);
    assert_eq!(declared.status, 413);
    assert_eq!(declared.text(), r#"{"message":"Request Entity Too Large"}"#);
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    let mut request =
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            .to_vec();
    request.extend_from_slice(chunk.repeat(3).as_bytes());
    request.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(site.send_bytes(&request).status, 413);
    assert_eq!(site.post("/", "text/plain", &vec![b'x'; 64 << 10]).body.len(), 64 << 10);
}

#[test]
fn cookies_become_lines_of_their_own() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |_| {
        Act::Answer(r#"{"statusCode":200,"cookies":["a=1","b=2"],"body":"ok"}"#.into())
    });
    assert_eq!(site.get("/").all("set-cookie"), ["a=1", "b=2"]);
}

/// Yields its chunks one by one, each after a moment in which what came before is sent.
struct Chunks {
    left: Vec<Result<Bytes, FunctionError>>,
    has_rested: bool,
}

impl ChunkStream for Chunks {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FunctionError>>> {
        self.has_rested = !self.has_rested;
        if self.has_rested {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready((!self.left.is_empty()).then(|| self.left.remove(0)))
    }
}

fn stream(content_type: &str, chunks: Vec<Result<&'static [u8], FunctionError>>) -> Act {
    let left = chunks.into_iter().map(|chunk| chunk.map(Bytes::from_static)).collect();
    let chunks = Box::pin(Chunks { left, has_rested: false });
    let stream = ReplyStream::new(Some(content_type.into()), chunks);
    Act::Reply(Outcome::Stream(stream))
}

const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";

#[test]
fn streams_begin_with_their_prelude() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |_| {
        let chunks: Vec<Result<&[u8], _>> = vec![
            Ok(br#"{"statusCode":418,"headers":{"X-A":"1"},"#),
            Ok(b"\"cookies\":[\"c=1\"]}\0\0\0"),
            Ok(b"\0\0\0\0\0he"),
            Ok(b"llo"),
        ];
        stream(WITH_PRELUDE, chunks)
    });
    let answer = site.get("/");
    assert_eq!(answer.status, 418);
    assert_eq!((answer.header("x-a"), answer.header("set-cookie")), (Some("1"), Some("c=1")));
    assert_eq!(answer.text(), "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    let line = site.logged();
    assert_eq!((&line["status"], &line["responseLength"]), (&418.into(), &5.into()));
}

#[test]
fn streams_without_a_prelude_are_the_body() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |_| {
        stream("text/event-stream", vec![Ok(b"data: 1\n\n")])
    });
    let answer = site.get("/");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(answer.text(), "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
}

#[test]
fn a_stream_that_fails_midway_is_cut_off() {
    let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), |_| {
        stream("text/plain", vec![Ok(b"half"), Err(failed())])
    });
    let answer = site.get("/");
    assert!(!answer.text().ends_with("0\r\n\r\n"), "the end is missing: {:?}", answer.text());
    assert_eq!(site.logged()["error.message"], "the response ended before it was complete");
}

#[test]
fn a_stream_that_fails_at_once_is_refused() {
    for (content_type, chunks) in [
        ("text/plain", vec![Err(failed())]),
        (WITH_PRELUDE, vec![Ok(&b"{\"statusCode\":200}"[..])]),
        (WITH_PRELUDE, vec![Ok(&b"no prelude\0\0\0\0\0\0\0\0body"[..])]),
    ] {
        let chunks = std::sync::Mutex::new(Some(chunks));
        let site = Site::running(&behind(Protocol::Http, PayloadFormat::V2), move |_| {
            let chunks = chunks.lock().expect("lock").take().expect("one request");
            stream(content_type, chunks)
        });
        assert_eq!(site.get("/").status, 500);
    }
}

#[test]
fn bytes_of_a_rest_api_need_a_declared_type() {
    let site = Site::running(&behind(Protocol::Rest, PayloadFormat::Rest), |_| {
        let body = STANDARD.encode([0x00, 0xff, 0x80, 0x0a]);
        Act::Answer(format!(r#"{{"statusCode":200,"isBase64Encoded":true,"body":"{body}"}}"#))
    });
    assert_eq!(site.get("/").text(), "AP+ACg==");
}
