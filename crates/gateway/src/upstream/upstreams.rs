//! One worker's side of the upstreams.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use model::Clock;
use tokio::net::TcpStream;
use wire::Body;

use super::balance::{Tried, pick};
use super::crew::{Crew, InFlight, Station, sweep};
use super::download;
use super::error::{UpstreamError, UpstreamErrorKind};
use super::exchange::exchange;
use super::fleet::{Fleet, Member, Site, UpstreamId};
use super::forwarded::Forwarding;
use super::lane::Lane;
use super::request::{self, Upgrade, Wishes};
use super::traffic::{OpenTunnel, Traffic, count};
use super::upload::{self, Progress};
use super::{hop, tunnel};

/// Sends requests to upstreams. Lives on one thread, inside a `LocalSet`.
pub struct Upstreams {
    clock: Arc<dyn Clock>,
    crew: Rc<RefCell<Crew>>,
    traffic: Arc<Traffic>,
    is_swept: Cell<bool>,
}

/// What an attempt needs besides its request.
struct Attempt<'a> {
    station: &'a Rc<Station>,
    member: &'a Member,
    progress: Option<&'a Progress>,
    /// Keep a copy of the request's head, so that it can be sent again.
    keeps_copy: bool,
    fresh_only: bool,
}

struct Missed {
    error: UpstreamError,
    /// The connection was an old one, which its other end may have closed at any time.
    stale: bool,
}

impl Upstreams {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, crew: Rc::default(), traffic: Arc::default(), is_swept: Cell::new(false) }
    }

    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Sends a request whose target is the path the upstream is to see, and returns the answer as
    /// soon as its head is there. Dropping the future or the answer's body closes the connection.
    ///
    /// # Panics
    /// When the id was found in another fleet.
    pub async fn send(
        &self,
        fleet: &Fleet,
        id: UpstreamId,
        mut request: Request<Body>,
        forwarding: Forwarding,
    ) -> Result<Response<Body>, UpstreamError> {
        let member = &fleet.members[id.0];
        let target = request.uri().clone();
        let mut wishes = request::prepare(&mut request, &forwarding);
        let progress = upload::watch(request.body_mut());
        let mut left = member.definition.retries;
        let mut tried = Tried::default();
        let mut again = None;
        let mut request = Some(request);
        while let Some(next) = &mut request {
            let index = again.unwrap_or_else(|| pick(&member.sites, tried, &*self.clock));
            let site = &member.sites[index];
            let station = self.station(fleet, id, index);
            let in_flight = InFlight::at(site);
            self.address(next, &target, site, &forwarding);
            let attempt = Attempt {
                station: &station,
                member,
                progress: progress.as_deref(),
                keeps_copy: wishes.is_repeatable,
                fresh_only: again.is_some(),
            };
            let missed = match self.attempt(&mut request, attempt).await {
                Ok((response, lane)) => {
                    site.health.succeeded();
                    let answered = Answered { response, lane, station, in_flight };
                    return self.finish(answered, member, &mut wishes).await;
                }
                Err(missed) => missed,
            };
            let error = missed.error.at(site.authority.to_str().unwrap_or_default());
            let may_go_again = missed.stale && again.is_none();
            if !may_go_again {
                self.blame(member, site, error.kind);
            }
            if request.is_none() || (!may_go_again && left == 0) {
                return Err(error);
            }
            again = may_go_again.then_some(index);
            if !may_go_again {
                left -= 1;
                tried.add(index);
                count(&self.traffic.retried);
                tracing::debug!(upstream = %member.definition.name, %error, "trying again");
            }
        }
        Err(UpstreamError::new(UpstreamErrorKind::Closed))
    }

    fn address(
        &self,
        request: &mut Request<Body>,
        target: &Uri,
        site: &Site,
        forwarding: &Forwarding,
    ) {
        if request.uri() != target {
            *request.uri_mut() = target.clone();
        }
        request::address(request, &site.address.base_path, &site.authority, forwarding);
    }

    fn blame(&self, member: &Member, site: &Site, kind: UpstreamErrorKind) {
        if kind.fault() == super::Fault::Client {
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
        request: &mut Option<Request<Body>>,
        attempt: Attempt<'_>,
    ) -> Result<(Response<Incoming>, Lane), Missed> {
        let timeouts = &attempt.member.definition.timeouts;
        let pooled = if attempt.fresh_only { None } else { attempt.station.pool.take() };
        let is_reused = pooled.is_some();
        let lane = match pooled {
            Some(lane) => {
                count(&self.traffic.reused);
                Ok(lane)
            }
            None => self.connect(attempt.station, timeouts.connect).await,
        };
        let mut lane = match lane {
            Ok(lane) => lane,
            Err(error) => return Err(Missed { error, stale: false }),
        };
        let needs_copy = attempt.keeps_copy && (is_reused || attempt.member.definition.retries > 0);
        let copy = request.as_ref().filter(|_| needs_copy).map(copy_head);
        match exchange(&mut lane, request, attempt.progress, timeouts).await {
            Ok(response) => Ok((response, lane)),
            Err(error) => {
                let stale = is_reused && error.kind == UpstreamErrorKind::Closed;
                if request.is_none() {
                    *request = copy;
                }
                Err(Missed { error, stale })
            }
        }
    }

    async fn connect(&self, station: &Station, limit: Duration) -> Result<Lane, UpstreamError> {
        let connected = tokio::time::timeout(limit, connect(station)).await;
        let stream = connected
            .unwrap_or_else(|_| Err(UpstreamError::new(UpstreamErrorKind::ConnectTimeout)))?;
        count(&self.traffic.opened);
        Lane::over(stream, limit)
            .await
            .map_err(|error| UpstreamError::caused(UpstreamErrorKind::Connect, error))
    }

    async fn finish(
        &self,
        answered: Answered,
        member: &Member,
        wishes: &mut Wishes,
    ) -> Result<Response<Body>, UpstreamError> {
        let Answered { response, lane, station, in_flight } = answered;
        let (mut head, incoming) = response.into_parts();
        let idle = member.definition.timeouts.idle;
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            let Some(upgrade) = wishes.upgrade.take() else {
                return Err(UpstreamError::new(UpstreamErrorKind::Malformed)
                    .at(station.address.host.as_str()));
            };
            let granted = head.headers.get(header::UPGRADE).cloned();
            hop::strip(&mut head.headers);
            let protocol = granted.unwrap_or_else(|| upgrade.protocol.clone());
            head.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            head.headers.insert(header::UPGRADE, protocol);
            self.open_tunnel(upgrade, lane, in_flight, idle);
            return Ok(Response::from_parts(head, Body::empty()));
        }
        hop::strip(&mut head.headers);
        // The version is the hop's own (RFC 9110 section 2.5); an HTTP/1.0 upstream's says nothing
        // about this server.
        head.version = Version::HTTP_11;
        let body = download::receive(incoming, lane, station, in_flight, idle).await;
        Ok(Response::from_parts(head, body))
    }

    fn open_tunnel(&self, upgrade: Upgrade, lane: Lane, in_flight: InFlight, idle: Duration) {
        let open = OpenTunnel::count(&self.traffic);
        tokio::task::spawn_local(async move {
            tunnel::run(upgrade.client, lane, idle).await;
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
    response: Response<Incoming>,
    lane: Lane,
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

fn copy_head(request: &Request<Body>) -> Request<Body> {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}
