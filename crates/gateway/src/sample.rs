//! The event that a function would get for a request that nobody sent.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use model::api::{MockReply, PayloadFormat};
use model::{
    Api, ApiName, ByteSize, Integration, MethodMatch, Moment, PathPattern, PathSegment, Protocol,
    Route, Stack, Timestamp, TraceContext,
};
use wire::{Peer, Scheme};

use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::handle::find_route;
use crate::mapping::time::RequestTime;
use crate::mapping::{self, Source};
use crate::metrics::Metrics;
use crate::plan::Plan;
use crate::plan::url::FunctionUrls;

/// Where and when a request arrives that is only imagined.
#[derive(Debug, Clone)]
pub struct Sample {
    pub format: PayloadFormat,
    /// `$default`, or the first segment of every path.
    pub stage: String,
    /// The path pattern of the only route, as a manifest writes it.
    pub route: String,
    pub client: IpAddr,
    pub scheme: Scheme,
    pub at: Timestamp,
    /// What ids are made of.
    pub random: u128,
}

impl Sample {
    /// Written by what writes the events of real requests. `None` where the route does not match.
    pub fn event(&self, request: Request<Bytes>) -> Option<Bytes> {
        let plan =
            Plan::compile(&self.stack()?, &FunctionUrls::default(), &Metrics::new(1), None).ok()?;
        let plan = Rc::new(Snapshot(Arc::new(plan)));
        let (head, body) = request.into_parts();
        let port = if self.scheme == Scheme::Https { 443 } else { 80 };
        let local = (IpAddr::from([192, 0, 2, 100]), port).into();
        let peer = Peer::new((self.client, 50_000).into(), local, self.scheme, 1);
        let arrival = Arrival {
            peer: Rc::new(peer),
            plan: Rc::clone(&plan),
            started: Moment(0),
            at: self.at,
            client: self.client,
            random: self.random,
            trace: Trace {
                is: TraceContext::start(self.at, self.random.rotate_left(64)),
                given: false,
            },
        };
        let mut call = Call::new(head, arrival);
        find_route(&plan.0, &mut call).ok()?;
        let (api, route) = call.place()?;
        let api = &plan.0.apis[api];
        let time = RequestTime::at(self.at);
        let source =
            Source { call: &call, api, route: &api.routes[route], body: &body, time: &time };
        Some(mapping::event(self.format, &source))
    }

    fn stack(&self) -> Option<Stack> {
        let reply = MockReply { status: 200, headers: Vec::new(), body: "".into() };
        let route = Route {
            method: MethodMatch::Any,
            path: pattern(&self.route),
            integration: Integration::Mock(reply),
            limits: Vec::new(),
            api_limits: true,
            api_key_required: false,
            validation: None,
            priority: model::Priority::Normal,
            timeout: Duration::from_secs(30),
        };
        let protocol = match self.format {
            PayloadFormat::Rest => Protocol::Rest,
            PayloadFormat::V1 | PayloadFormat::V2 => Protocol::Http,
        };
        let api = Api {
            name: ApiName::parse("sample").ok()?,
            id: None,
            protocol,
            stage: self.stage.clone(),
            hosts: Vec::new(),
            cors: None,
            limits: Vec::new(),
            limit_headers: Default::default(),
            refusals: Default::default(),
            max_body: ByteSize::mib(10),
            access_log: Default::default(),
            limits_path: None,
            models: Default::default(),
            binary_media_types: Vec::new(),
            routes: vec![route],
        };
        Some(Stack { name: "sample".into(), apis: vec![api], ..Stack::default() })
    }
}

/// A path pattern that is known to be one: `/orders/{id}`, `/{rest+}`, `$default`.
pub(crate) fn pattern(path: &str) -> PathPattern {
    if path == "$default" {
        return PathPattern::Default;
    }
    let segments = path.split('/').skip(1).filter(|text| !text.is_empty()).map(|text| {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => PathSegment::Greedy(name.into()),
                None => PathSegment::Parameter(name.into()),
            },
            None => PathSegment::Literal(text.into()),
        }
    });
    PathPattern::Path { text: path.into(), segments: segments.collect() }
}
