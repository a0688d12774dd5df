//! An HTTP endpoint on a real socket, which gives the answers it was told to give.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub(super) struct HttpEndpoint {
    address: SocketAddr,
    requests: tokio::sync::Mutex<mpsc::Receiver<String>>,
}

impl HttpEndpoint {
    pub(super) async fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = mpsc::channel(16);
        let statuses = statuses.to_vec();
        tokio::spawn(async move {
            for status in statuses {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = read(&mut stream).await;
                let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.expect("answered");
                let _ = sender.send(request).await;
            }
        });
        Self { address, requests: requests.into() }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) async fn requests(&self, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        let mut requests = self.requests.lock().await;
        while all.len() < count {
            all.push(requests.recv().await.expect("a request"));
        }
        all
    }
}

/// Head and body, by its length.
async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            if body.len() >= length {
                return text;
            }
        }
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.expect("a request");
        assert_ne!(read, 0, "closed within a request");
        request.extend_from_slice(&piece[..read]);
    }
}
