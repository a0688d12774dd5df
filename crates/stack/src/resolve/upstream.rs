//! Upstreams.

use std::collections::BTreeMap;

use model::{
    Concurrency, ConcurrencyBound, HealthCheck, ProcessName, Upstream, UpstreamAddress,
    UpstreamName, UpstreamTimeouts,
};

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
            let concurrency = self.concurrency(upstream);
            let resolved = resolved(name.clone(), process, addresses, concurrency, upstream);
            upstreams.insert(name, resolved);
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

    fn concurrency(&mut self, written: &manifest::Upstream) -> Option<Concurrency> {
        let written = written.concurrency.as_ref()?;
        let record = written.record();
        let bound = match (&written.most, &written.adaptive) {
            (Some(most), None) => ConcurrencyBound::Fixed(most.as_u32()),
            (None, Some(adaptive)) => self.adaptive(adaptive),
            _ => {
                let problem = match (record.key("most"), record.key("adaptive")) {
                    (Some(most), Some(adaptive)) => {
                        Problem::new(Code::Conflict, "`most` and `adaptive` exclude each other")
                            .at(adaptive, "")
                            .related(most, "given here as well")
                            .help("keep `most` as the `ceiling` of `adaptive`")
                    }
                    // What is written there was refused.
                    (Some(_), None) | (None, Some(_)) => return None,
                    (None, None) => {
                        Problem::new(Code::MissingKey, "a bound needs `most` or `adaptive`")
                            .at(record.span, "")
                            .help("`most`: a bound that stays the same, such as 20")
                    }
                };
                self.problems.push(problem);
                return None;
            }
        };
        Some(Concurrency { bound, wait: written.wait.0, queue: written.queue.as_u32() })
    }

    fn adaptive(&mut self, written: &manifest::Adaptive) -> ConcurrencyBound {
        let (floor, ceiling) = (written.floor.as_u32(), written.ceiling.as_u32());
        if ceiling < floor {
            let message = format!("the ceiling {ceiling} is below the floor {floor}");
            let span = written.record().key("ceiling").unwrap_or(written.record().span);
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            let problem = match written.record().key("floor") {
                Some(floor) => problem.related(floor, "the floor"),
                None => {
                    problem.help(format!("a floor of {floor} is the default; give a lower one"))
                }
            };
            self.problems.push(problem);
        }
        ConcurrencyBound::Adaptive { floor, ceiling }
    }
}

fn resolved(
    name: UpstreamName,
    process: Option<ProcessName>,
    addresses: Vec<UpstreamAddress>,
    concurrency: Option<Concurrency>,
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
        concurrency,
    }
}
