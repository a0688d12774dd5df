//! How many connections there may be, in all and of one client. Shared by all workers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::TurnedAway;

/// Whoever can pick an IPv6 address can pick any of its /64.
type Client = IpAddr;

#[derive(Debug, Default)]
pub struct Admission {
    /// 0 sets no bound.
    per_client: AtomicU32,
    in_all: Option<NonZeroU32>,
    open: AtomicU32,
    clients: Mutex<HashMap<Client, u32>>,
}

impl Admission {
    /// `None` sets no bound.
    pub fn new(per_client: Option<NonZeroU32>, in_all: Option<NonZeroU32>) -> Arc<Self> {
        let admission = Self { in_all, ..Self::default() };
        admission.bound_clients(per_client);
        Arc::new(admission)
    }

    /// Bounds what a client may open from now on; nothing that is open is closed.
    pub fn bound_clients(&self, most: Option<NonZeroU32>) {
        self.per_client.store(most.map_or(0, NonZeroU32::get), Ordering::Relaxed);
    }

    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Permit, TurnedAway> {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        // Dropped on the way out, it takes the count back.
        let mut permit = Permit { admission: Arc::clone(self), client: None };
        if self.in_all.is_some_and(|most| before >= most.get()) {
            return Err(TurnedAway::ServerCap);
        }
        // Counted without a bound too, since one may be set while the connections are open.
        let client = client_of(address);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let held = clients.entry(client).or_insert(0);
        let most = self.per_client.load(Ordering::Relaxed);
        if most != 0 && *held >= most {
            return Err(TurnedAway::ClientCap);
        }
        *held += 1;
        permit.client = Some(client);
        drop(clients);
        Ok(permit)
    }
}

/// One admitted connection.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    client: Option<Client>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.open.fetch_sub(1, Ordering::Relaxed);
        let Some(client) = self.client else { return };
        let mut clients = self.admission.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = clients.get_mut(&client) {
            *held -= 1;
            if *held == 0 {
                clients.remove(&client);
            }
        }
    }
}

fn client_of(address: IpAddr) -> Client {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn an_ipv6_client_is_its_64_bit_network() {
        let admission = Admission::new(NonZeroU32::new(1), None);
        let first = admission.admit(ip("2001:db8:0:1::1")).expect("room for one");
        assert_eq!(
            admission.admit(ip("2001:db8:0:1:ffff::2")).map(drop),
            Err(TurnedAway::ClientCap)
        );
        admission.admit(ip("2001:db8:0:2::1")).expect("another network");
        drop(first);
        admission.admit(ip("2001:db8:0:1:ffff::2")).expect("room again");
        assert!(admission.clients.lock().expect("lock").is_empty());
    }

    #[test]
    fn a_bound_set_later_counts_what_is_open() {
        let admission = Admission::new(None, None);
        let held = [(); 2].map(|()| admission.admit(ip("192.0.2.1")).expect("no bound"));
        admission.bound_clients(NonZeroU32::new(2));
        assert_eq!(admission.admit(ip("192.0.2.1")).map(drop), Err(TurnedAway::ClientCap));
        admission.admit(ip("192.0.2.2")).expect("another client");
        drop(held);
        admission.admit(ip("192.0.2.1")).expect("room again");
        admission.bound_clients(None);
        let held = [(); 3].map(|()| admission.admit(ip("192.0.2.1")).expect("no bound again"));
        drop(held);
    }

    #[test]
    fn all_clients_share_the_server() {
        let admission = Admission::new(None, NonZeroU32::new(1));
        let first = admission.admit(ip("192.0.2.1")).expect("room for one");
        assert_eq!(admission.admit(ip("192.0.2.2")).map(drop), Err(TurnedAway::ServerCap));
        drop(first);
        admission.admit(ip("192.0.2.2")).expect("room again");
    }
}
