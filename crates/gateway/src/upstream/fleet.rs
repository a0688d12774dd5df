//! All upstreams of a stack, as every worker sees them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use model::{Upstream, UpstreamAddress, UpstreamName};

use super::gate::Gate;
use super::health::Health;

/// Finds an upstream in the fleet it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UpstreamId(pub(super) usize);

#[derive(Debug)]
pub struct Fleet {
    pub(super) generation: u64,
    pub(super) members: Vec<Member>,
    ids: BTreeMap<UpstreamName, UpstreamId>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) definition: Upstream,
    pub(super) sites: Vec<Site>,
    /// `None` lets every request through.
    pub(super) gate: Option<Arc<Gate>>,
}

/// One address of an upstream.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) address: UpstreamAddress,
    /// `host:port`, the port left out when it is HTTP's own.
    pub(super) authority: HeaderValue,
    pub(super) health: Arc<Health>,
}

static GENERATIONS: AtomicU64 = AtomicU64::new(1);

impl Fleet {
    /// Addresses that the previous fleet had keep their health, and upstreams whose bound on
    /// concurrency is unchanged count on.
    pub fn new<'a>(
        upstreams: impl IntoIterator<Item = &'a Upstream>,
        previous: Option<&Fleet>,
    ) -> Arc<Fleet> {
        let known: HashMap<_, _> = previous.iter().flat_map(|fleet| fleet.healths()).collect();
        let mut fleet = Fleet {
            generation: GENERATIONS.fetch_add(1, Ordering::Relaxed),
            members: Vec::new(),
            ids: BTreeMap::new(),
        };
        for definition in upstreams {
            let sites = definition.addresses.iter().map(|address| Site {
                address: address.clone(),
                authority: authority(address),
                health: known
                    .get(&(&definition.name, address))
                    .map_or_else(Arc::default, |health| Arc::clone(health)),
            });
            let gate = definition.concurrency.map(|concurrency| {
                let known = previous.and_then(|fleet| fleet.gate(fleet.find(&definition.name)?));
                let known = known.filter(|gate| *gate.definition() == concurrency);
                known.map_or_else(|| Gate::new(concurrency), Arc::clone)
            });
            let member = Member { definition: definition.clone(), sites: sites.collect(), gate };
            fleet.ids.insert(definition.name.clone(), UpstreamId(fleet.members.len()));
            fleet.members.push(member);
        }
        Arc::new(fleet)
    }

    pub fn find(&self, name: &UpstreamName) -> Option<UpstreamId> {
        self.ids.get(name).copied()
    }

    /// Requests that one address is answering.
    pub(crate) fn in_flight(&self, address: &UpstreamAddress) -> u32 {
        let here = self.healths().filter(|((_, known), _)| *known == address);
        here.map(|(_, health)| health.in_flight()).sum()
    }

    pub(crate) fn gate(&self, id: UpstreamId) -> Option<&Arc<Gate>> {
        self.members[id.0].gate.as_ref()
    }

    /// Every upstream whose concurrency is bounded.
    pub(crate) fn gates(&self) -> impl Iterator<Item = (&UpstreamName, &Arc<Gate>)> {
        self.members.iter().filter_map(|m| Some((&m.definition.name, m.gate.as_ref()?)))
    }

    fn healths(&self) -> impl Iterator<Item = ((&UpstreamName, &UpstreamAddress), &Arc<Health>)> {
        self.members.iter().flat_map(|member| {
            let name = &member.definition.name;
            member.sites.iter().map(move |site| ((name, &site.address), &site.health))
        })
    }
}

fn authority(address: &UpstreamAddress) -> HeaderValue {
    let host = &address.host;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let text = if address.port == 80 { host } else { format!("{host}:{}", address.port) };
    // The manifest admits only host names and addresses.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("upstream"))
}
