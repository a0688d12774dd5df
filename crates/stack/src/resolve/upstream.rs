//! Upstreams.

use std::collections::BTreeMap;

use model::{HealthCheck, ProcessName, Upstream, UpstreamAddress, UpstreamName, UpstreamTimeouts};

use super::Scope;
use super::reference::Defined;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{Placed, Record, Spanned};

impl Scope<'_> {
    pub(super) fn upstreams(&mut self) -> BTreeMap<UpstreamName, Upstream> {
        let Some(written) = &self.manifest.upstreams else {
            return BTreeMap::new();
        };
        let mut upstreams = BTreeMap::new();
        for (named, upstream) in written.readable() {
            let name = named.key.0.clone();
            let addresses = self.addresses(upstream);
            let process = self.served_by(upstream);
            upstreams.insert(name.clone(), resolved(name, process, addresses, upstream));
        }
        upstreams
    }

    /// An upstream is in one place.
    fn check_place(&mut self, record: &Record) {
        let places = ["url", "urls", "process"];
        let mut found =
            places.into_iter().filter_map(|key| record.key(key).map(|span| (key, span)));
        let Some((first, first_span)) = found.next() else {
            let message = "an upstream needs `url`, `urls` or `process`";
            let problem = Problem::new(Code::MissingKey, message)
                .at(record.span, "")
                .help("`url`: where it listens, such as `http://127.0.0.1:8000`");
            self.problems.push(problem);
            return;
        };
        for (other, span) in found {
            let message = format!("`{first}` and `{other}` exclude each other");
            let help = match other {
                "urls" => "put all addresses into `urls`",
                _ => "a process has the one address that the platform gives it",
            };
            let problem = Problem::new(Code::Conflict, message)
                .at(span, "")
                .related(first_span, "given here as well");
            self.problems.push(problem.help(help));
        }
    }

    fn served_by(&mut self, written: &manifest::Upstream) -> Option<ProcessName> {
        let process = written.process.as_ref()?;
        self.refer(Defined::Process, process.value.0.as_str(), process.span);
        Some(process.value.0.clone())
    }

    fn addresses(&mut self, written: &manifest::Upstream) -> Vec<UpstreamAddress> {
        self.check_place(written.record());
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
    process: Option<ProcessName>,
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
        process,
        addresses,
        health,
        timeouts: timeouts.unwrap_or_default(),
        retries: u8::try_from(written.retries.0).unwrap_or(u8::MAX),
        max_failures: written.max_failures.as_u32(),
        eject_for: written.eject_for.0,
        keep_alive: usize::try_from(written.keep_alive.0).unwrap_or(usize::MAX),
    }
}
