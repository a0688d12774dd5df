//! Where notices are posted to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::build;
use crate::redis::Redis;

/// Takes every post and remembers it.
pub(super) struct Webhook {
    pub(super) url: String,
    told: Arc<Mutex<Vec<String>>>,
}

const TAKEN: &str = "200 OK";

impl Webhook {
    pub(super) fn start() -> Self {
        Self::answering(&[])
    }

    /// Answers the first posts with these, and all after them that it has taken them.
    pub(super) fn answering(first: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let told = Arc::<Mutex<Vec<String>>>::default();
        let keep = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut answers = first.iter().copied().chain(std::iter::repeat(TAKEN));
            for connection in listener.incoming().map_while(Result::ok) {
                let answer = answers.next().unwrap_or(TAKEN);
                if let Some(title) = take(connection, answer) {
                    keep.lock().expect("no panic").push(title);
                }
            }
        });
        Self { url, told }
    }

    /// The titles of everything that was posted, in order.
    pub(super) fn told(&self) -> Vec<String> {
        self.told.lock().expect("no panic").clone()
    }
}

fn take(connection: TcpStream, answer: &str) -> Option<String> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let said: Value = serde_json::from_slice(&body).ok()?;
    let mut connection = connection;
    let head = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    connection.write_all(head.as_bytes()).ok()?;
    said["attachments"][0]["fields"][0]["title"].as_str().map(str::to_owned)
}

/// Gives the notifier one notice until it takes it, and then once more.
const NOTIFY: &str = r#"
import notifier
attributes = {"event": {"Value": "run-started"}, "key": {"Value": "a"}}
event = {"Records": [{"Sns": {"Message": "told", "MessageAttributes": attributes}}]}
while True:
    try:
        notifier.handler(event, None)
        break
    except OSError as problem:
        print(problem)
notifier.handler(event, None)
"#;

#[test]
fn a_notice_that_a_webhook_did_not_take_at_first_is_noted_once() {
    let (webhook, redis) = (Webhook::answering(&["500 Internal Server Error"; 2]), Redis::start());
    let ran = Command::new("python3")
        .args(["-c", NOTIFY])
        .env("PYTHONPATH", build())
        .env("CACHE_URL", redis.url())
        .env("WEBHOOK_URL", &webhook.url)
        .env("no_proxy", "*")
        .output()
        .expect("python3 runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(webhook.told().len(), 3);
    assert_eq!(redis.tell(&["LLEN", "notices"]).trim(), "1");
}
