//! Speaks SQS's JSON to a server that may die at any time.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::http::PATIENCE;

/// One connection, made anew after it broke.
pub(super) struct Client {
    address: String,
    connection: RefCell<Option<BufReader<TcpStream>>>,
}

impl Client {
    pub(super) fn of(aws: &str) -> Self {
        let address = aws.strip_prefix("http://").expect("a cleartext URL").to_owned();
        Self { address, connection: RefCell::new(None) }
    }

    /// `None` if no whole answer came; what became of the request nobody knows then.
    pub(super) fn ask(&self, action: &str, queue: &str, mut settings: Value) -> Option<Value> {
        settings["QueueUrl"] = json!(format!("http://localhost/000000000000/{queue}"));
        let answered = self.exchange(action, &settings.to_string());
        if answered.is_err() {
            *self.connection.borrow_mut() = None;
        }
        let (status, body) = answered.ok()?;
        let body: Value =
            if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).ok()? };
        let is_right = status == 200 || action == "DeleteMessage";
        assert!(is_right, "{action} {settings}: {status} {body}");
        Some(body)
    }

    fn exchange(&self, action: &str, body: &str) -> std::io::Result<(u16, Vec<u8>)> {
        let mut connection = self.connection.borrow_mut();
        let connection = match &mut *connection {
            Some(connection) => connection,
            none => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                none.insert(BufReader::new(stream))
            }
        };
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amz-target: AmazonSQS.{action}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        connection.get_mut().write_all(request.as_bytes())?;
        read(connection)
    }
}

fn read(connection: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Vec<u8>)> {
    let mut line = String::new();
    let mut status = None;
    let mut length = 0;
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        match (status, text.split_once(':')) {
            (None, _) => status = text.split(' ').nth(1).and_then(|code| code.parse().ok()),
            (Some(status), _) if text.is_empty() => {
                let mut body = vec![0; length];
                connection.read_exact(&mut body)?;
                return Ok((status, body));
            }
            (Some(_), Some((name, value))) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().expect("a length");
            }
            (Some(_), _) => {}
        }
    }
}
