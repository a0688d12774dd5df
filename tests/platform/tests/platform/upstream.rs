//! An HTTP server of the user's, that a test tells what to answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A request's head and the connection it came on. Bodies are the answer's to read.
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) head: Vec<String>,
    pub(crate) reader: BufReader<TcpStream>,
}

impl Asked {
    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).expect("a target")
    }

    pub(crate) fn send(&self, bytes: &[u8]) {
        // A client that left early is part of some tests.
        let _ = self.reader.get_ref().write_all(bytes);
    }

    pub(crate) fn answer(&self, status: &str, body: &str) {
        let length = body.len();
        self.send(
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes(),
        );
    }

    /// Whether bytes came, rather than the end.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> bool {
        self.reader.read_exact(bytes).is_ok()
    }
}

/// Ends with the test's process; its connections end when whoever asks closes them.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Upstream {
    /// `answer` is called for each request; the connection is kept while it gives `true`.
    pub(crate) fn start(answer: impl Fn(&mut Asked) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (answer, asked) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                std::thread::spawn(move || serve(stream, &count, &*answer));
            }
        });
        Self { url, asked }
    }

    /// How many requests have come.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, count: &AtomicUsize, answer: &dyn Fn(&mut Asked) -> bool) {
    stream.set_nodelay(true).expect("no delay");
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(1..) if line.trim_end().is_empty() => break,
                Ok(1..) => head.push(line.trim_end().to_owned()),
                _ => return,
            }
        }
        if head.is_empty() {
            continue;
        }
        count.fetch_add(1, Ordering::SeqCst);
        let mut asked = Asked { line: head.remove(0), head, reader };
        if !answer(&mut asked) {
            return;
        }
        reader = asked.reader;
    }
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}
