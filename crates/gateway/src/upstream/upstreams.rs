//! One worker's side of the upstreams.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use model::Clock;
use tokio::net::TcpStream;
use tokio::time::Instant;
use wire::outgoing::Length;
use wire::{Body, Upgrade};

use super::balance::{Tried, pick};
use super::crew::{Crew, InFlight, Station, sweep};
use super::error::{Fault, UpstreamError, UpstreamErrorKind};
use super::exchange::{Patience, exchange};
use super::fleet::{Fleet, Member, Site, UpstreamId};
use super::lane::{Lane, Protocol};
use super::outbound::Outbound;
use super::traffic::{OpenTunnel, Traffic, count};
use super::upload::Upload;
use super::{download, tunnel};

/// Sends requests to upstreams. Lives on one thread, inside a `LocalSet`.
pub struct Upstreams {
    clock: Arc<dyn Clock>,
    crew: Rc<RefCell<Crew>>,
    traffic: Arc<Traffic>,
    is_swept: Cell<bool>,
}

/// One address a request is sent to.
struct Attempt<'a> {
    station: &'a Station,
    site: &'a Site,
    patience: Patience<'a>,
    /// Where the connection comes from.
    connection: Connection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    KeptOrNew,
    New,
}

struct Missed {
    error: UpstreamError,
    /// The connection was an old one, which its other end may have closed at any time.
    stale: bool,
    /// The request, where it did not leave: the body that it has.
    unsent: Option<Option<Upload>>,
}

impl Missed {
    fn before_sending(error: UpstreamError, upload: Option<Upload>) -> Self {
        Self { error, stale: false, unsent: Some(upload) }
    }
}

impl Upstreams {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, crew: Rc::default(), traffic: Arc::default(), is_swept: Cell::new(false) }
    }

    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Sends a request and returns the answer as soon as its head is there, or an error at the
    /// deadline. Dropping the future or the answer's body closes the connection.
    ///
    /// # Panics
    /// When the id was found in another fleet.
    pub async fn send(
        &self,
        fleet: &Fleet,
        id: UpstreamId,
        mut outbound: Outbound<'_>,
        body: Body,
        deadline: Instant,
    ) -> Result<Response<Body>, UpstreamError> {
        let member = &fleet.members[id.0];
        let patience = Patience { timeouts: &member.definition.timeouts, deadline };
        let mut upload = Upload::of(body, outbound.sends_trailers);
        let is_repeatable = upload.is_none() && outbound.is_idempotent();
        let mut left = member.definition.retries;
        let mut tried = Tried::default();
        let mut again = None;
        loop {
            let index = again.unwrap_or_else(|| pick(&member.sites, tried, &*self.clock));
            let site = &member.sites[index];
            let station = self.station(fleet, id, index);
            let in_flight = InFlight::at(site);
            let connection = if again.is_some() { Connection::New } else { Connection::KeptOrNew };
            let attempt = Attempt { station: &station, site, patience, connection };
            let missed = match self.attempt(&outbound, upload.take(), attempt).await {
                Ok((response, lane)) => {
                    site.health.succeeded();
                    let client = outbound.upgrade.take().map(|(_, client)| client);
                    let answered = Answered { response, lane, station, in_flight };
                    return Ok(self.finish(answered, member, client));
                }
                Err(missed) => missed,
            };
            let error = missed.error.at(site.authority.to_str().unwrap_or_default());
            let may_go_again = missed.stale && again.is_none();
            if !may_go_again {
                self.blame(member, site, error.kind);
            }
            let can_be_sent = is_repeatable || missed.unsent.is_some();
            let is_in_vain = error.kind.fault() == Fault::Route
                || error.kind.is_standstill() && !tried.leaves_another(index, member.sites.len());
            if !can_be_sent || is_in_vain || (!may_go_again && left == 0) {
                return Err(error);
            }
            upload = missed.unsent.flatten();
            again = may_go_again.then_some(index);
            if !may_go_again {
                left -= 1;
                tried.add(index);
                count(&self.traffic.retried);
                tracing::debug!(upstream = %member.definition.name, %error, "trying again");
            }
        }
    }

    fn blame(&self, member: &Member, site: &Site, kind: UpstreamErrorKind) {
        if kind.fault() != Fault::Upstream {
            return;
        }
        let definition = &member.definition;
        if site.health.failed(definition.max_failures, definition.eject_for, &*self.clock) {
            count(&self.traffic.ejected);
            tracing::warn!(
                upstream = %definition.name, address = ?site.authority, error = kind.label(),
                "upstream address is passed over for {:?}", definition.eject_for,
            );
        }
    }

    async fn attempt(
        &self,
        outbound: &Outbound<'_>,
        upload: Option<Upload>,
        attempt: Attempt<'_>,
    ) -> Result<(Response<()>, Box<Lane>), Missed> {
        let Attempt { station, site, patience, connection } = attempt;
        let kept = match connection {
            Connection::KeptOrNew => station.pool.take(),
            Connection::New => None,
        };
        let is_reused = kept.is_some();
        let mut lane = match kept {
            Some(lane) => {
                count(&self.traffic.reused);
                lane
            }
            None => match self.connect(station, patience).await {
                Ok(lane) => lane,
                Err(error) => return Err(Missed::before_sending(error, upload)),
            },
        };
        let length = upload.as_ref().map_or(Length::NoBody, |upload| upload.length);
        let protocol = match outbound.upgrade {
            Some(_) => Protocol::Other,
            None => Protocol::Http,
        };
        let write = |out: &mut Vec<u8>| {
            outbound.write(out, &site.address.base_path, &site.authority, length);
        };
        lane.begin(outbound.method, protocol, write, upload);
        match exchange(&mut lane, patience).await {
            Ok(response) => Ok((response, lane)),
            Err(error) => {
                let is_closed = error.kind == UpstreamErrorKind::Closed;
                let stale = is_reused && is_closed && !lane.has_read();
                Err(Missed { error, stale, unsent: lane.take_back() })
            }
        }
    }

    async fn connect(
        &self,
        station: &Station,
        patience: Patience<'_>,
    ) -> Result<Box<Lane>, UpstreamError> {
        let due = Instant::now() + patience.timeouts.connect;
        let (due, late) = match patience.deadline < due {
            true => (patience.deadline, UpstreamErrorKind::Deadline),
            false => (due, UpstreamErrorKind::ConnectTimeout),
        };
        let connected = tokio::time::timeout_at(due, connect(station)).await;
        let stream = connected.unwrap_or_else(|_| Err(UpstreamError::new(late)))?;
        count(&self.traffic.opened);
        Ok(Lane::over(stream, patience.timeouts.response))
    }

    fn finish(
        &self,
        answered: Answered,
        member: &Member,
        client: Option<Upgrade>,
    ) -> Response<Body> {
        let Answered { mut response, lane, station, in_flight } = answered;
        let idle = member.definition.timeouts.idle;
        let body = match client {
            Some(client) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let connection = HeaderValue::from_static("upgrade");
                response.headers_mut().insert(header::CONNECTION, connection);
                self.open_tunnel(client, lane, in_flight, idle);
                Body::empty()
            }
            _ => download::receive(lane, station, in_flight, idle),
        };
        response.map(|()| body)
    }

    fn open_tunnel(&self, client: Upgrade, lane: Box<Lane>, in_flight: InFlight, idle: Duration) {
        let open = OpenTunnel::count(&self.traffic);
        tokio::task::spawn_local(async move {
            tunnel::run(client, lane, idle).await;
            drop((open, in_flight));
        });
    }

    fn station(&self, fleet: &Fleet, id: UpstreamId, index: usize) -> Rc<Station> {
        if self.crew.borrow().generation != fleet.generation {
            self.crew.borrow_mut().follow(fleet);
        }
        if !self.is_swept.replace(true) {
            tokio::task::spawn_local(sweep(Rc::downgrade(&self.crew)));
        }
        Rc::clone(&self.crew.borrow().stations[id.0][index])
    }
}

/// An answer and what it came on.
struct Answered {
    response: Response<()>,
    lane: Box<Lane>,
    station: Rc<Station>,
    in_flight: InFlight,
}

/// A name's addresses are tried in turn until one answers.
async fn connect(station: &Station) -> Result<TcpStream, UpstreamError> {
    let addresses = station.resolved.addresses().await;
    let addresses =
        addresses.map_err(|problem| UpstreamError::caused(UpstreamErrorKind::Resolve, problem))?;
    let mut last = UpstreamError::new(UpstreamErrorKind::Resolve);
    for address in addresses {
        match TcpStream::connect(address).await.and_then(|stream| {
            stream.set_nodelay(true)?;
            Ok(stream)
        }) {
            Ok(stream) => return Ok(stream),
            Err(problem) => last = UpstreamError::caused(UpstreamErrorKind::Connect, problem),
        }
    }
    Err(last)
}
