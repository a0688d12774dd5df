//! Everything known about the request that is being answered.

mod text;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HOST, HeaderName};
use http::request::Parts;
use http::{HeaderValue, Method, Version};
use model::{Moment, Protocol, Timestamp, TraceContext};
use wire::Peer;

use crate::limit::{Added, Asked, Watched};
use crate::mapping::json;
use crate::plan::{ApiPlan, Plan, RoutePlan};
use crate::route::Found;
use crate::usage::Counted;
use text::{Text, short_id, uuid};

/// A request on its way, and what its phases have found out so far.
pub(crate) struct Call {
    pub(crate) head: Parts,
    pub(crate) peer: Rc<Peer>,
    pub(crate) plan: Rc<Snapshot>,
    pub(crate) started: Moment,
    at: Timestamp,
    client: IpAddr,
    client_text: Text<45>,
    random: [u8; 16],
    id: Text<36>,
    trace: KeptTrace,
    place: Option<Place>,
    /// Who calls, as far as somebody has found out.
    pub(crate) identity: Identity,
    /// Limits that come with the caller, decided together with the route's.
    pub(crate) added: Vec<Added>,
    /// Under which plan the request is counted, once its key is known.
    pub(crate) counted: Option<Counted>,
    /// Set once the limits have admitted or denied the request.
    pub(crate) asked: Option<Asked>,
    /// What it got of limits that refuse nobody, and does not keep.
    pub(crate) watched: Vec<Watched>,
    pub(crate) integration: Option<IntegrationOutcome>,
    /// Why its body fits no model.
    pub(crate) fault: Option<Box<str>>,
    pub(crate) request_bytes: u64,
}

// The allocator takes a longer way for what is aligned to more than a word.
const _: () = assert!(align_of::<Call>() <= align_of::<u64>());

/// The plan of one request, shared by a worker's requests without touching other cores.
pub(crate) struct Snapshot(pub(crate) Arc<Plan>);

/// Whose request it is, once that is known.
struct Place {
    api: usize,
    /// Bytes of the path that name the stage.
    stage: usize,
    found: Option<Found>,
}

/// The trace a request belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace {
    pub(crate) is: TraceContext,
    /// Whether the client began it.
    pub(crate) given: bool,
}

/// The same, without the alignment of a number of 128 bits.
struct KeptTrace {
    id: [u8; 16],
    span: u64,
    sampled: bool,
    given: bool,
}

/// Who calls. Filled by what checks API keys and by authorizers; limits count by it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    /// The id of the API key, not the key.
    pub(crate) api_key: Option<Arc<str>>,
    /// What an authorizer said, by name.
    pub(crate) context: Vec<(Box<str>, Box<str>)>,
    /// Who signed a request to a function URL.
    pub(crate) signer: Option<model::Signer>,
}

/// How the integration did.
#[derive(Debug, Clone)]
pub(crate) struct IntegrationOutcome {
    pub(crate) latency: Duration,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<Box<str>>,
}

/// What is known as soon as the head of a request has arrived.
pub(crate) struct Arrival {
    pub(crate) peer: Rc<Peer>,
    pub(crate) plan: Rc<Snapshot>,
    pub(crate) started: Moment,
    pub(crate) at: Timestamp,
    pub(crate) client: IpAddr,
    pub(crate) random: u128,
    pub(crate) trace: Trace,
}

impl Call {
    pub(crate) fn new(head: Parts, arrival: Arrival) -> Self {
        let Arrival { peer, plan, started, at, client, random, trace } = arrival;
        let mut client_text = Text::default();
        // 45 bytes hold every address, so the writes cannot fail.
        let _ = match peer.ip_text().to_str() {
            Ok(text) if client == peer.ip() => client_text.write_str(text),
            _ => write!(client_text, "{client}"),
        };
        Self {
            head,
            peer,
            plan,
            started,
            at,
            client,
            client_text,
            random: random.to_be_bytes(),
            id: short_id(random),
            trace: KeptTrace {
                id: trace.is.trace_id.to_be_bytes(),
                span: trace.is.span_id,
                sampled: trace.is.sampled,
                given: trace.given,
            },
            place: None,
            identity: Identity::default(),
            added: Vec::new(),
            counted: None,
            asked: None,
            watched: Vec::new(),
            integration: None,
            fault: None,
            request_bytes: 0,
        }
    }

    /// Settles which API answers. REST APIs and function URLs name requests by UUID, which is that of
    /// the function's run, too.
    pub(crate) fn settle(&mut self, api: usize, stage: usize, found: Option<Found>) {
        let plan = &self.plan.0.apis[api];
        if plan.protocol == Protocol::Rest || plan.is_url() {
            self.id = uuid(self.random());
        }
        self.place = Some(Place { api, stage, found });
    }

    pub(crate) fn method(&self) -> &Method {
        &self.head.method
    }

    /// As it came, stage included.
    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    pub(crate) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or("")
    }

    /// The path that routes are matched against: without the stage, never empty.
    pub(crate) fn route_path(&self) -> &str {
        let stage = self.place.as_ref().map_or(0, |place| place.stage);
        match &self.path()[stage..] {
            "" => "/",
            path => path,
        }
    }

    pub(crate) fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.head.headers.get(name)
    }

    pub(crate) fn headers(&self, name: &HeaderName) -> impl Iterator<Item = &HeaderValue> {
        self.head.headers.get_all(name).iter()
    }

    pub(crate) fn header_text(&self, name: &HeaderName) -> Option<&str> {
        self.header(name)?.to_str().ok()
    }

    /// The authority the client asked for, with its port if it gave one.
    pub(crate) fn domain(&self) -> &str {
        match self.head.uri.authority() {
            Some(authority) => authority.as_str(),
            None => self.header_text(&HOST).unwrap_or(""),
        }
    }

    pub(crate) fn protocol_text(&self) -> &'static str {
        match self.head.version {
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        }
    }

    pub(crate) fn client(&self) -> IpAddr {
        self.client
    }

    pub(crate) fn client_text(&self) -> &Text<45> {
        &self.client_text
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// The id in the shape that the API's protocol has.
    pub(crate) fn id(&self) -> &Text<36> {
        &self.id
    }

    /// The other id that AWS gives: 16 characters.
    pub(crate) fn extended_id(&self) -> Text<36> {
        short_id(self.random())
    }

    /// Names the run of the function.
    pub(crate) fn invocation_id(&self) -> Text<36> {
        uuid(self.random())
    }

    fn random(&self) -> u128 {
        u128::from_be_bytes(self.random)
    }

    pub(crate) fn trace(&self) -> TraceContext {
        TraceContext {
            trace_id: u128::from_be_bytes(self.trace.id),
            span_id: self.trace.span,
            sampled: self.trace.sampled,
        }
    }

    /// `Root=1-..`, with the parent when the client named one.
    pub(crate) fn write_amzn_trace(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"Root=");
        json::trace_root(out, self.trace());
        if self.trace.given {
            out.extend_from_slice(b";Parent=");
            json::hex(out, &self.trace.span.to_be_bytes());
            out.extend_from_slice(if self.trace.sampled { b";Sampled=1" } else { b";Sampled=0" });
        }
    }

    /// `00-<trace>-<span>-01`.
    pub(crate) fn write_traceparent(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"00-");
        json::hex(out, &self.trace.id);
        out.push(b'-');
        json::hex(out, &self.trace.span.to_be_bytes());
        out.extend_from_slice(if self.trace.sampled { b"-01" } else { b"-00" });
    }

    pub(crate) fn api(&self) -> Option<&ApiPlan> {
        self.place.as_ref().map(|place| &self.plan.0.apis[place.api])
    }

    /// The positions of the API and the route in the plan.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        let place = self.place.as_ref()?;
        Some((place.api, place.found.as_ref()?.route))
    }

    pub(crate) fn matched(&self) -> Option<&RoutePlan> {
        let place = self.place.as_ref()?;
        let found = place.found.as_ref()?;
        Some(&self.plan.0.apis[place.api].routes[found.route])
    }

    /// The value of the path parameter at a position of the route's pattern, still encoded.
    pub(crate) fn capture(&self, position: usize) -> &str {
        let found = self.place.as_ref().and_then(|place| place.found.as_ref());
        let span = found.and_then(|found| found.captures.get(position));
        span.map_or("", |span| &self.route_path()[span.start..span.end])
    }
}

/// The authority of a request: HTTP/2's `:authority`, or `Host`.
pub(crate) fn domain(head: &Parts) -> &str {
    if let Some(authority) = head.uri.authority() {
        return authority.as_str();
    }
    head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("")
}
