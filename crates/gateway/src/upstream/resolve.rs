//! Names looked up, kept for a while.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use model::UpstreamAddress;
use tokio::time::Instant;

/// The system's resolver does not say how long an answer is good for.
const FRESH_FOR: Duration = Duration::from_secs(30);

/// The addresses behind an upstream's host.
pub(super) struct Resolved {
    host: String,
    port: u16,
    found: RefCell<Rc<[SocketAddr]>>,
    /// `None` for a literal address.
    fresh_until: Cell<Option<Instant>>,
    refreshing: Cell<bool>,
    turn: Cell<usize>,
}

impl Resolved {
    pub(super) fn new(address: &UpstreamAddress) -> Self {
        let literal = address.host.parse::<IpAddr>().ok();
        let found: Rc<[SocketAddr]> =
            literal.iter().map(|ip| SocketAddr::new(*ip, address.port)).collect();
        Self {
            host: address.host.clone(),
            port: address.port,
            found: RefCell::new(found),
            fresh_until: Cell::new(None),
            refreshing: Cell::new(false),
            turn: Cell::new(0),
        }
    }

    /// Where to connect, in the order to try; each call begins with another address. Only the
    /// first request waits for the resolver: an old answer serves while a new one is fetched.
    pub(super) async fn addresses(self: &Rc<Self>) -> io::Result<Vec<SocketAddr>> {
        if self.found.borrow().is_empty() {
            self.look_up().await?;
        } else if self.fresh_until.get().is_some_and(|until| Instant::now() >= until)
            && !self.refreshing.replace(true)
        {
            let this = Rc::clone(self);
            tokio::task::spawn_local(async move {
                // A failure leaves the old answer in place and is tried again.
                let _ = this.look_up().await;
                this.refreshing.set(false);
            });
        }
        let found = Rc::clone(&self.found.borrow());
        let turn = self.turn.replace(self.turn.get().wrapping_add(1));
        let mut addresses = found.to_vec();
        addresses.rotate_left(turn % found.len());
        Ok(addresses)
    }

    async fn look_up(&self) -> io::Result<()> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        let found: Rc<[SocketAddr]> = found.collect();
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        *self.found.borrow_mut() = found;
        self.fresh_until.set(Some(Instant::now() + FRESH_FOR));
        Ok(())
    }
}
