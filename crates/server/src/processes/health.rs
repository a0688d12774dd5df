//! Finds out whether a process serves.

use std::net::Ipv4Addr;
use std::time::Duration;

use http::HeaderValue;
use model::{ProcessHealth, UpstreamAddress};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time between two looks at a process that is starting.
const STARTING: Duration = Duration::from_millis(25);

/// Where and how to ask.
#[derive(Debug)]
pub(super) struct Check<'a> {
    pub(super) port: u16,
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
        let Some(path) = &self.health.path else {
            return TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_ok();
        };
        let host = Ipv4Addr::LOCALHOST.to_string();
        let server = UpstreamAddress { host, port: self.port, base_path: String::new() };
        let authority = HeaderValue::from_static("localhost");
        matches!(gateway::upstream::is_well(&server, &authority, path).await, Ok(true))
    }
}
