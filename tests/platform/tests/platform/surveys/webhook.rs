//! Where notices are posted to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Takes every post and remembers it.
pub(super) struct Webhook {
    pub(super) url: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl Webhook {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let told = Arc::<Mutex<Vec<String>>>::default();
        let keep = Arc::clone(&told);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if let Some(title) = take(connection) {
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

fn take(connection: TcpStream) -> Option<String> {
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
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .ok()?;
    said["attachments"][0]["fields"][0]["title"].as_str().map(str::to_owned)
}
