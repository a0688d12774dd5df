//! A client that does exactly what it is told, also what no good client does.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Long enough for a loaded machine; a test that waits for it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let first = values.next();
        assert!(values.next().is_none(), "several {name}: {:?}", self.headers);
        first
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// One connection that is kept alive.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// `base` is `http://host:port`.
    pub(crate) fn open(base: &str) -> Self {
        let address = base.strip_prefix("http://").expect("a cleartext URL");
        let stream = TcpStream::connect(address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, received: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("sent");
    }

    /// Whether the server took it. One that refuses need not read to the end.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&mut self) {
        // The server may have been faster.
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// The same connection, for another thread to read.
    pub(crate) fn reader(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a descriptor"), received: Vec::new() }
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: test.localhost\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.send(&[head.as_bytes(), body].concat());
        self.answer(method).expect("an answer")
    }

    /// Reads until these bytes have come. They stay to be read.
    pub(crate) fn wait_for(&mut self, bytes: &[u8]) {
        while find(&self.received, bytes).is_none() {
            assert!(self.read_more(), "the connection ended early");
        }
    }

    /// Everything that comes until the server closes the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.received)
    }

    /// The next answer; `None` if the server closed the connection instead.
    pub(crate) fn answer(&mut self, method: &str) -> Option<Answer> {
        let head_end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read_more() {
                return None;
            }
        };
        let head: Vec<u8> = self.received.drain(..head_end).collect();
        let head = String::from_utf8(head).expect("an ASCII head");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned())).collect();
        let mut answer =
            Answer { status: status.parse().expect("a number"), headers, body: vec![] };
        if method != "HEAD" && !matches!(answer.status, 204 | 304) {
            answer.body = self.body(&answer);
        }
        Some(answer)
    }

    fn body(&mut self, answer: &Answer) -> Vec<u8> {
        if answer.header("transfer-encoding") == Some("chunked") {
            return self.chunks();
        }
        let Some(length) = answer.header("content-length") else {
            while self.read_more() {}
            return std::mem::take(&mut self.received);
        };
        self.take(length.parse().expect("a number"))
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.received, b"\r\n") {
                    Some(end) => break end,
                    None => assert!(self.read_more(), "the body ended early"),
                }
            };
            let line = self.take(end + 2);
            let size = std::str::from_utf8(&line[..end]).expect("ASCII");
            let size = usize::from_str_radix(size, 16).expect("a size");
            let chunk = self.take(size + 2);
            if size == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        while self.received.len() < length {
            assert!(self.read_more(), "the body ended early");
        }
        self.received.drain(..length).collect()
    }

    /// Whether something came.
    fn read_more(&mut self) -> bool {
        let mut piece = [0; 16 << 10];
        let read = loop {
            match self.stream.read(&mut piece) {
                // A read with a time limit is interrupted by whatever stops the process for a moment.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) => false,
            Ok(length) => {
                self.received.extend_from_slice(&piece[..length]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("reading an answer: {error}"),
        }
    }
}

/// One request on a connection of its own.
pub(crate) fn get(base: &str, target: &str) -> Answer {
    Connection::open(base).request("GET", target, &[], b"")
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
