//! What one worker keeps for every address of a fleet.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use model::UpstreamAddress;

use super::fleet::{Fleet, Member, Site};
use super::health::Health;
use super::pool::{Pool, SWEEP};
use super::resolve::Resolved;

/// What a worker keeps for one address.
pub(super) struct Station {
    pub(super) pool: Pool,
    pub(super) resolved: Rc<Resolved>,
    pub(super) address: UpstreamAddress,
    keep_alive: usize,
}

/// The stations of a fleet, in its order.
#[derive(Default)]
pub(super) struct Crew {
    pub(super) generation: u64,
    pub(super) stations: Vec<Vec<Rc<Station>>>,
}

/// Counts a request at its address until its answer is complete.
pub(super) struct InFlight(Arc<Health>);

impl InFlight {
    pub(super) fn at(site: &Site) -> Self {
        site.health.enter();
        Self(Arc::clone(&site.health))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Crew {
    /// Takes up a new fleet; connections to addresses it still has are kept.
    pub(super) fn follow(&mut self, fleet: &Fleet) {
        let known: HashMap<_, _> = std::mem::take(&mut self.stations)
            .into_iter()
            .flatten()
            .map(|station| ((station.address.clone(), station.keep_alive), station))
            .collect();
        let stations = |member: &Member| {
            let keep_alive = member.definition.keep_alive;
            let station = |site: &Site| {
                known.get(&(site.address.clone(), keep_alive)).cloned().unwrap_or_else(|| {
                    Rc::new(Station {
                        pool: Pool::new(keep_alive),
                        resolved: Rc::new(Resolved::new(&site.address)),
                        address: site.address.clone(),
                        keep_alive,
                    })
                })
            };
            member.sites.iter().map(station).collect()
        };
        self.stations = fleet.members.iter().map(stations).collect();
        self.generation = fleet.generation;
    }
}

pub(super) async fn sweep(crew: Weak<RefCell<Crew>>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let Some(crew) = crew.upgrade() else { return };
        for station in crew.borrow().stations.iter().flatten() {
            station.pool.sweep();
        }
    }
}
