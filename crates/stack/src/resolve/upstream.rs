//! Upstreams.

use std::collections::BTreeMap;

use model::{HealthCheck, Upstream, UpstreamAddress, UpstreamName, UpstreamTimeouts};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{Placed, Spanned};

impl Scope<'_> {
    pub(super) fn upstreams(&mut self) -> BTreeMap<UpstreamName, Upstream> {
        let Some(written) = &self.manifest.upstreams else {
            return BTreeMap::new();
        };
        let mut upstreams = BTreeMap::new();
        for (named, upstream) in written.readable() {
            let name = named.key.0.clone();
            let addresses = self.addresses(upstream);
            upstreams.insert(name.clone(), resolved(name, addresses, upstream));
        }
        upstreams
    }

    fn addresses(&mut self, written: &manifest::Upstream) -> Vec<UpstreamAddress> {
        let record = written.record();
        match (record.key("url"), record.key("urls")) {
            (Some(url), Some(urls)) => {
                let problem = Problem::new(Code::Conflict, "`url` and `urls` exclude each other")
                    .at(urls, "")
                    .related(url, "given here as well")
                    .help("put all addresses into `urls`");
                self.problems.push(problem);
            }
            (None, None) => {
                let problem = Problem::new(Code::MissingKey, "an upstream needs `url` or `urls`")
                    .at(record.span, "")
                    .help("`url`: where it listens, such as `http://127.0.0.1:8000`");
                self.problems.push(problem);
            }
            _ => {}
        }
        let mut addresses: Vec<UpstreamAddress> = Vec::new();
        for Spanned { value, span } in
            written.url.iter().chain(written.urls.iter().flat_map(|urls| &urls.0))
        {
            if addresses.contains(value) {
                let problem = Problem::new(Code::Conflict, "this address is listed twice");
                self.problems.push(problem.at(*span, "").help("remove it"));
            }
            addresses.push(value.clone());
        }
        addresses
    }
}

fn resolved(
    name: UpstreamName,
    addresses: Vec<UpstreamAddress>,
    written: &manifest::Upstream,
) -> Upstream {
    let health = written.health.as_ref().map(|health| HealthCheck {
        path: health.path.value.0.clone(),
        interval: health.interval.0,
        timeout: health.timeout.0,
        healthy_after: health.healthy_after.as_u32(),
        unhealthy_after: health.unhealthy_after.as_u32(),
    });
    let timeouts = written.timeouts.as_ref().map(|timeouts| UpstreamTimeouts {
        connect: timeouts.connect.0,
        response: timeouts.response.0,
        idle: timeouts.idle.0,
    });
    Upstream {
        name,
        addresses,
        health,
        timeouts: timeouts.unwrap_or_default(),
        retries: u8::try_from(written.retries.0).unwrap_or(u8::MAX),
        max_failures: written.max_failures.as_u32(),
        eject_for: written.eject_for.0,
        keep_alive: usize::try_from(written.keep_alive.0).unwrap_or(usize::MAX),
    }
}
