//! Finds out whether a process serves.

use std::net::Ipv4Addr;
use std::time::Duration;

use http::HeaderValue;
use model::{ProcessHealth, UpstreamAddress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time between two looks at a process that is starting.
const STARTING: Duration = Duration::from_millis(25);
/// To AUTH and PING.
const GOOD: &[u8] = b"+OK\r\n+PONG\r\n";
const PONG: &[u8] = b"+PONG\r\n";

/// What a process is asked, and answers while it serves.
#[derive(Clone)]
pub(crate) enum Question {
    /// For a connection.
    Connect,
    /// For this path; anything from 200 to 399 is good.
    Get(String),
    /// For a PONG, as Redis and Valkey give it once they have read their data.
    Ping { password: String },
}

/// Where and how to ask.
pub(super) struct Check<'a> {
    pub(super) port: u16,
    pub(super) question: &'a Question,
    pub(super) health: &'a ProcessHealth,
}

impl Check<'_> {
    /// Completes when the process serves for the first time.
    pub(super) async fn served(&self) {
        while !self.is_well().await {
            tokio::time::sleep(STARTING).await;
        }
    }

    /// Completes when it has failed so often in a row that it counts as hung.
    pub(super) async fn failed(&self) {
        if self.health.unhealthy_after == 0 {
            return std::future::pending().await;
        }
        let mut failures = 0;
        while failures < self.health.unhealthy_after {
            tokio::time::sleep(self.health.interval).await;
            failures = if self.is_well().await { 0 } else { failures + 1 };
        }
    }

    async fn is_well(&self) -> bool {
        matches!(timeout(self.health.timeout, self.ask()).await, Ok(true))
    }

    async fn ask(&self) -> bool {
        let path = match self.question {
            Question::Connect => return self.connect().await.is_ok(),
            Question::Ping { password } => return self.ping(password).await.unwrap_or(false),
            Question::Get(path) => path,
        };
        let host = Ipv4Addr::LOCALHOST.to_string();
        let server = UpstreamAddress { host, port: self.port, base_path: String::new() };
        let authority = HeaderValue::from_static("localhost");
        matches!(gateway::upstream::is_well(&server, &authority, path).await, Ok(true))
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await
    }

    /// The password is made of letters and digits, so that it can stand in an inline command.
    async fn ping(&self, password: &str) -> std::io::Result<bool> {
        let mut connection = self.connect().await?;
        // A server that asks for no password refuses one.
        let (login, good) = match password {
            "" => (String::new(), PONG),
            _ => (format!("AUTH {password}\r\n"), GOOD),
        };
        connection.write_all(format!("{login}PING\r\n").as_bytes()).await?;
        let mut answer = vec![0; good.len()];
        connection.read_exact(&mut answer).await?;
        Ok(answer == good)
    }
}
