//! Topics of a real server: through kills, and by mail.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::TestPlatform;
use crate::http::{Connection, PATIENCE};
use crate::program::repository;

const PUBLISH: &str = include_str!("topics/publish.py");
const COLLECT: &str = include_str!("topics/collect.py");
const MAIL: &str = include_str!("topics/mail.py");

/// A program with AWS's client for Python.
fn python(program: &str, aws: &str, home: &Path) -> Command {
    let interpreter = repository().join("target/tools/python/bin/python");
    assert!(interpreter.exists(), "{} is missing: run scripts/setup", interpreter.display());
    let mut command = Command::new(interpreter);
    command.args(["-B", "-c", program]).env("HOME", home).env("AWS_ENDPOINT_URL", aws);
    for (name, value) in [
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        command.env(name, value);
    }
    command
}

fn stack(hook: &TcpListener) -> String {
    let port = hook.local_addr().expect("an address").port();
    format!(
        "name: news
queues: {{ one: {{}}, two: {{}} }}
topics:
  news:
    subscriptions:
      - {{ queue: one }}
      - {{ queue: two, raw: true }}
      - {{ url: \"http://127.0.0.1:{port}/hook\", raw: true }}
apis: {{}}
"
    )
}

/// Publishes until the server is killed in the middle of it, and gives what was accepted.
fn publish_until_killed(platform: &mut TestPlatform, enough: usize) -> BTreeSet<String> {
    let mut publisher = python(PUBLISH, &platform.aws, platform.folder())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the publisher runs");
    let mut accepted = BTreeSet::new();
    for line in BufReader::new(publisher.stdout.take().expect("piped")).lines() {
        accepted.insert(line.expect("a line"));
        if accepted.len() == enough {
            platform.signal(Signal::KILL);
        }
    }
    assert!(accepted.len() >= enough, "only {} were accepted", accepted.len());
    assert!(publisher.wait().expect("waited").success());
    assert!(!platform.wait().success());
    accepted
}

#[test]
fn an_accepted_message_reaches_everybody_through_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let hook = TcpListener::bind("127.0.0.1:0").expect("a port");
    crate::platform::write(folder.path(), &[("tidegate.yaml", &stack(&hook))]);
    let mut platform = TestPlatform::serve_folder(folder.path());
    let accepted = publish_until_killed(&mut platform, 200);
    forget_pending(&hook);

    let platform = TestPlatform::serve_folder(folder.path());
    let mut posted = BTreeSet::new();
    while !accepted.is_subset(&posted) {
        let (stream, _) = hook.accept().expect("a connection");
        posted.extend(post_in(stream));
    }
    let mut collector = python(COLLECT, &platform.aws, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the collector runs");
    let numbers: Vec<_> = accepted.into_iter().collect();
    let mut input = collector.stdin.take().expect("piped");
    input.write_all(numbers.join("\n").as_bytes()).expect("written");
    drop(input);
    let output = collector.wait_with_output().expect("waited");
    let missing: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(missing, json!({ "one": [], "two": [] }));
}

/// What the killed server had begun to post counts for nothing.
fn forget_pending(hook: &TcpListener) {
    hook.set_nonblocking(true).expect("set");
    while hook.accept().is_ok() {}
    hook.set_nonblocking(false).expect("set");
}

/// The body of one request, which is answered.
fn post_in(mut stream: TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length?.parse::<usize>().ok()? {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
                return Some(body.to_owned());
            }
        }
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&piece[..read]);
    }
}

#[test]
fn a_reader_subscribes_by_mail() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let url = format!("smtp://127.0.0.1:{port}");
    let arguments = ["--smtp", &url, "--mail-from", "news@example.com"];
    let stack = [("tidegate.yaml", "name: mail\napis: {}\n")];
    let platform = TestPlatform::start_with(&stack, &arguments);
    let output = python(MAIL, &platform.aws, platform.folder()).arg(&port).output();
    let output = output.expect("the reader runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Takes what is posted to it over TLS, and keeps it.
const INBOX: &str = "\
name: inbox
listen: { tls: { certificate: c.pem, key: k.pem } }
queues: { inbox: {} }
apis: { public: { routes: { POST /hook: { queue: inbox } } } }
";

const NOTE: &str = "\
def handler(event, context):
    [record] = event['Records']
    return record['Sns']['Message']
";

/// The message that a queue has got, once it has one.
fn received(platform: &TestPlatform, queue: &str) -> serde_json::Value {
    let url = format!("{}/000000000000/{queue}", platform.aws.trim_end_matches('/'));
    let input = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 }).to_string();
    let headers = [
        ("x-amz-target", "AmazonSQS.ReceiveMessage"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let mut aws = Connection::open(&platform.aws);
    let mut answer = aws.request("POST", "/", &headers, input.as_bytes()).json();
    answer["Messages"][0]["Body"].take()
}

#[test]
fn functions_and_https_endpoints_get_what_is_published() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let files = [("tidegate.yaml", INBOX), ("c.pem", &*certificate), ("k.pem", &*key)];
    let inbox = TestPlatform::start(&files);
    let hook = format!("{}/hook", inbox.api.trim_end_matches('/'));
    assert!(hook.starts_with("https://"), "{hook}");
    let stack = format!(
        "name: news
functions:
  note:
    runtime: python3.11
    code: note
    handler: index.handler
    sandbox: best-effort
    async: {{ on_success: {{ queue: noted }} }}
queues: {{ noted: {{}} }}
topics:
  news:
    subscriptions: [{{ function: note }}, {{ url: \"{hook}\", raw: true }}]
apis: {{}}
"
    );
    let files = [("tidegate.yaml", &*stack), ("note/index.py", NOTE)];
    let trusted = inbox.path("c.pem");
    let trust = ("SSL_CERT_FILE", trusted.to_str().expect("UTF-8"));
    let news = TestPlatform::start_with_variable(&files, &[], trust);
    let publish = "\
import boto3
boto3.client('sns').publish(TopicArn='arn:aws:sns:us-east-1:000000000000:news', Message='the tide is high')
";
    assert!(python(publish, &news.aws, news.folder()).status().expect("it runs").success());
    assert_eq!(received(&inbox, "inbox"), "the tide is high");
    let noted = received(&news, "noted");
    let noted: serde_json::Value =
        serde_json::from_str(noted.as_str().expect("a body")).expect("JSON");
    assert_eq!(noted["responsePayload"], "the tide is high");
    assert_eq!(noted["requestPayload"]["Records"][0]["EventSource"], "aws:sns");
}
