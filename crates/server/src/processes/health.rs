//! Finds out whether a process serves.

use std::io;
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
    /// For a PONG, as Redis and Valkey give it once they have read their data. Who served lives while
    /// anything is answered.
    Ping { password: String },
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Good,
    /// Of a server that reads its data, or has as many clients as it may.
    Other,
    None,
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
        while self.ask().await != Answer::Good {
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
            failures = if self.ask().await == Answer::None { failures + 1 } else { 0 };
        }
    }

    async fn ask(&self) -> Answer {
        timeout(self.health.timeout, self.asked()).await.unwrap_or(Answer::None)
    }

    async fn asked(&self) -> Answer {
        let is_well = match self.question {
            Question::Connect => self.connect().await.is_ok(),
            Question::Get(path) => self.get(path).await,
            Question::Ping { password } => {
                return self.ping(password).await.unwrap_or(Answer::None);
            }
        };
        if is_well { Answer::Good } else { Answer::None }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await
    }

    async fn get(&self, path: &str) -> bool {
        let host = Ipv4Addr::LOCALHOST.to_string();
        let server = UpstreamAddress { host, port: self.port, base_path: String::new() };
        let authority = HeaderValue::from_static("localhost");
        matches!(gateway::upstream::is_well(&server, &authority, path).await, Ok(true))
    }

    /// The password is made of letters and digits, so that it can stand in an inline command.
    async fn ping(&self, password: &str) -> io::Result<Answer> {
        let mut connection = self.connect().await?;
        // A server that asks for no password refuses one.
        let (login, good) = match password {
            "" => (String::new(), PONG),
            _ => (format!("AUTH {password}\r\n"), GOOD),
        };
        // One that has too many clients says so and hangs up, perhaps before it is asked.
        let _ = connection.write_all(format!("{login}PING\r\n").as_bytes()).await;
        let mut answer = vec![0; good.len()];
        connection.read_exact(&mut answer).await?;
        Ok(if answer == good { Answer::Good } else { Answer::Other })
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection after another with these, and then keeps silent.
    async fn with(answers: &[&str], password: &str, asks: impl AsyncFnOnce(&Check<'_>)) -> usize {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let health = ProcessHealth {
            path: None,
            interval: Duration::from_millis(1),
            timeout: Duration::from_millis(500),
            unhealthy_after: 2,
        };
        let question = Question::Ping { password: password.to_owned() };
        let port = listener.local_addr().unwrap().port();
        let check = Check { port, question: &question, health: &health };
        let mut answered = 0;
        let answering = async {
            for answer in answers {
                let (mut connection, _) = listener.accept().await.unwrap();
                connection.write_all(answer.as_bytes()).await.unwrap();
                answered += 1;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = answering => {}
            () = asks(&check) => {}
        }
        answered
    }

    const FULL: &str = "-ERR max number of clients reached\r\n";
    const LOADING: &str = "+OK\r\n-LOADING it reads its data\r\n";
    const WELL: &str = "+OK\r\n+PONG\r\n";

    #[tokio::test]
    async fn a_server_that_refuses_does_not_serve_yet() {
        let answers = [LOADING, FULL, WELL, WELL];
        assert_eq!(with(&answers, "secret", async |check| check.served().await).await, 3);
        let answers = ["-LOADING it reads its data\r\n", "+PONG\r\n", "+PONG\r\n"];
        assert_eq!(with(&answers, "", async |check| check.served().await).await, 2);
    }

    #[tokio::test]
    async fn a_server_that_refuses_lives_and_one_that_is_silent_hangs() {
        let answers = [WELL, FULL, FULL, FULL, FULL, LOADING, LOADING, LOADING, WELL];
        let answered = with(&answers, "secret", async |check| check.failed().await).await;
        assert_eq!(answered, answers.len());
    }
}
