//! Active health checks: asked of every address whether or not requests go there.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::{HealthCheck, UpstreamAddress};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::fleet::{Fleet, Member, Site};

impl Fleet {
    /// Checks every address that has a check, for as long as the future is polled. Meant for the
    /// control runtime: what it finds reaches all workers.
    pub async fn watch(self: Arc<Self>) {
        let mut checks = JoinSet::new();
        for (id, member) in self.members.iter().enumerate() {
            if member.definition.health.is_none() {
                continue;
            }
            for index in 0..member.sites.len() {
                let fleet = Arc::clone(&self);
                checks.spawn(async move {
                    let member = &fleet.members[id];
                    if let Some(check) = &member.definition.health {
                        watch_site(member, &member.sites[index], check).await;
                    }
                });
            }
        }
        while checks.join_next().await.is_some() {}
    }
}

async fn watch_site(member: &Member, site: &Site, check: &HealthCheck) {
    let mut rounds = tokio::time::interval(check.interval);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let asked = tokio::time::timeout(check.timeout, ask(site, check)).await;
        let is_well = matches!(asked, Ok(Ok(true)));
        if site.health.checked(is_well, check.healthy_after, check.unhealthy_after) {
            let (upstream, address) = (&member.definition.name, &site.authority);
            if is_well {
                tracing::info!(%upstream, ?address, "upstream address is healthy again");
            } else {
                tracing::warn!(%upstream, ?address, "upstream address fails its health check");
            }
        }
    }
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

async fn ask(site: &Site, check: &HealthCheck) -> Result<bool, Problem> {
    is_well(&site.address, &site.authority, &check.path).await
}

/// Whether a server answers a path with a status from 200 to 399. Asked over a connection of its
/// own: what a client would meet, a kept one might hide.
pub async fn is_well(
    server: &UpstreamAddress,
    authority: &HeaderValue,
    path: &str,
) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(format!("{}{path}", server.base_path))
        .header(header::HOST, authority)
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request);
    tokio::pin!(connection, answer);
    let answer = loop {
        tokio::select! {
            biased;
            answer = &mut answer => break answer?,
            ended = &mut connection => ended?,
        }
    };
    Ok(answer.status().is_success() || answer.status().is_redirection())
}
