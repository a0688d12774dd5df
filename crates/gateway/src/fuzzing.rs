//! Ways in for the fuzz targets; compiled with the feature `fuzzing` only.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use model::api::{MockReply, PayloadFormat};
use model::{
    Api, ApiName, ByteSize, Integration, MethodMatch, Moment, PathPattern, PathSegment, Route,
    Stack, Timestamp, TraceContext, TrustedProxies,
};
use wire::{Body, Peer, Scheme};

use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::mapping::time::RequestTime;
use crate::mapping::{self, Source, reply};
use crate::metrics::Metrics;
use crate::plan::{MediaTypes, Plan};
use crate::upstream::fuzzing::{Protocol, Trial};

/// The event of a request to `ANY /{first}/{rest+}`, and `None` where that route does not match.
pub fn event(format: PayloadFormat, request: Request<Bytes>) -> Option<Bytes> {
    let peer: SocketAddr = ([192, 0, 2, 1], 50_000).into();
    let plan = Plan::compile(&stack(format), &Metrics::new(1), None).ok()?;
    let snapshot = Rc::new(Snapshot(Arc::new(plan)));
    let (head, body) = request.into_parts();
    let arrival = Arrival {
        peer: Rc::new(Peer::new(peer, peer, Scheme::Http, 1)),
        plan: Rc::clone(&snapshot),
        started: Moment(0),
        at: Timestamp(1_583_348_638_390),
        client: peer.ip(),
        random: 7,
        trace: Trace {
            is: TraceContext { trace_id: 1 << 96, span_id: 1, sampled: true },
            given: false,
        },
    };
    let mut call = Call::new(head, arrival);
    crate::handle::find_route(&snapshot.0, &mut call).ok()?;
    let (api, route) = call.place()?;
    let api = &snapshot.0.apis[api];
    let time = RequestTime::at(call.at());
    let source = Source { call: &call, api, route: &api.routes[route], body: &body, time: &time };
    Some(mapping::event(format, &source))
}

fn stack(format: PayloadFormat) -> Stack {
    let segments = vec![PathSegment::Parameter("first".into()), PathSegment::Greedy("rest".into())];
    let route = Route {
        method: MethodMatch::Any,
        path: PathPattern::Path { text: "/{first}/{rest+}".into(), segments },
        integration: Integration::Mock(MockReply { status: 200, headers: vec![], body: "".into() }),
        limits: Vec::new(),
        api_key_required: false,
        priority: model::Priority::Normal,
        timeout: Duration::from_secs(30),
    };
    let protocol = match format {
        PayloadFormat::Rest => model::Protocol::Rest,
        PayloadFormat::V1 | PayloadFormat::V2 => model::Protocol::Http,
    };
    let api = Api {
        name: ApiName::parse("fuzz").expect("a name"),
        protocol,
        stage: "$default".into(),
        hosts: Vec::new(),
        cors: None,
        limits: Vec::new(),
        limit_headers: Default::default(),
        refusals: Default::default(),
        max_body: ByteSize::mib(10),
        access_log: Default::default(),
        limits_path: None,
        binary_media_types: Vec::new(),
        routes: vec![route],
    };
    Stack { name: "fuzz".into(), apis: vec![api], ..Stack::default() }
}

/// The response that a function's result becomes; `None` for one that the gateway refuses.
pub fn reply(format: PayloadFormat, result: &Bytes, accept: &HeaderMap) -> Option<Response<Body>> {
    let binary = MediaTypes::new(&["image/*".to_owned()]);
    reply::response(format, result, accept, &binary).ok()
}

/// What is made of an upstream's answer that comes in these pieces, written out.
pub fn answer<'a>(method: &http::Method, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    format!("{:?}", Trial::run(method, Protocol::Http, pieces))
}

/// Whose request it is, by the headers of proxies.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    crate::client::address(peer, headers, trusted)
}
