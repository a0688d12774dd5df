//! Reads a case and does what it says.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use model::api::{MockReply, PayloadFormat};
use model::{
    Api, ApiName, ByteSize, Integration, MethodMatch, Moment, Protocol, Route, Timestamp,
    TraceContext,
};
use wire::{Peer, Scheme};

use super::super::{Source, event};
use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::mapping::time::RequestTime;
use crate::metrics::Metrics;
use crate::plan::Plan;
use crate::plan::url::FunctionUrls;
use crate::sample::pattern;

/// The settings at the top of a case.
pub(super) struct Settings {
    pub(super) format: PayloadFormat,
    /// Whether a function URL is asked.
    pub(super) is_url: bool,
    pub(super) stage: String,
    pub(super) route: String,
    pub(super) api: String,
    pub(super) time: u64,
    pub(super) random: u128,
    pub(super) trace: TraceContext,
    pub(super) client: String,
    /// The id of the caller's API key.
    pub(super) api_key: Option<String>,
    pub(super) binary: Vec<String>,
    pub(super) accept: Option<String>,
    pub(super) body: Option<Vec<u8>>,
}

impl Settings {
    pub(super) fn parse(text: &str) -> Self {
        let mut settings = Self {
            format: PayloadFormat::V2,
            is_url: false,
            stage: "$default".into(),
            route: "$default".into(),
            api: "id".into(),
            time: 1_583_348_638_390,
            random: 0,
            trace: TraceContext { trace_id: 1 << 96, span_id: 1, sampled: true },
            client: "192.0.2.1".into(),
            api_key: None,
            binary: Vec::new(),
            accept: None,
            body: None,
        };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, value) = line.split_once(": ").expect("`name: value`");
            settings.set(name, value);
        }
        settings
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "format" => {
                self.is_url = value == "url";
                self.format = match value {
                    "2.0" | "url" => PayloadFormat::V2,
                    "1.0" => PayloadFormat::V1,
                    "rest" => PayloadFormat::Rest,
                    other => panic!("unknown format `{other}`"),
                }
            }
            "stage" => self.stage = value.into(),
            "route" => self.route = value.into(),
            "api" => self.api = value.into(),
            "time" => self.time = value.parse().expect("milliseconds"),
            "id" => self.random = random(value),
            "trace" => self.trace = TraceContext::from_amzn(value).expect("trace"),
            "api_key" => self.api_key = Some(value.into()),
            "client" => self.client = value.into(),
            "binary" => self.binary.push(value.into()),
            "accept" => self.accept = Some(value.into()),
            "body-hex" => self.body = Some(unhex(value)),
            other => panic!("unknown setting `{other}`"),
        }
    }

    fn protocol(&self) -> Protocol {
        if self.format == PayloadFormat::Rest { Protocol::Rest } else { Protocol::Http }
    }
}

/// The number that an id in either shape is made of.
fn random(id: &str) -> u128 {
    if id.len() == 36 {
        return u128::from_str_radix(&id.replace('-', ""), 16).expect("a UUID");
    }
    let mut bytes = [0; 16];
    bytes[..11].copy_from_slice(&STANDARD.decode(id).expect("base64"));
    u128::from_be_bytes(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    text.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect()
}

fn plan(settings: &Settings) -> Plan {
    let (method, path) = settings.route.split_once(' ').unwrap_or(("ANY", &settings.route));
    let method = match method {
        "ANY" => MethodMatch::Any,
        one => MethodMatch::One(one.parse().expect("method")),
    };
    let route = Route {
        method,
        path: pattern(path),
        integration: Integration::Mock(MockReply { status: 200, headers: vec![], body: "".into() }),
        priority: model::Priority::Normal,
        limits: Vec::new(),
        api_limits: true,
        api_key_required: false,
        validation: None,
        timeout: std::time::Duration::from_secs(30),
    };
    let api = Api {
        name: ApiName::parse(&settings.api).expect("name"),
        id: None,
        protocol: settings.protocol(),
        stage: settings.stage.clone(),
        hosts: Vec::new(),
        cors: None,
        limits: Vec::new(),
        limit_headers: Default::default(),
        refusals: Default::default(),
        max_body: ByteSize::mib(10),
        access_log: Default::default(),
        limits_path: None,
        models: Default::default(),
        binary_media_types: settings.binary.clone(),
        routes: vec![route],
    };
    let stack = model::Stack { name: "cases".into(), apis: vec![api], ..model::Stack::default() };
    Plan::compile(&stack, &FunctionUrls::default(), &Metrics::new(1), None).expect("plan")
}

/// The event for a request, as the gateway would write it.
pub(super) fn written(settings: &Settings, request: Request<()>, body: &[u8]) -> Bytes {
    let snapshot = Rc::new(Snapshot(Arc::new(plan(settings))));
    let address = (settings.client.parse::<IpAddr>().expect("address"), 50_000).into();
    let local = "198.51.100.7:443".parse().expect("address");
    let peer = Peer::new(address, local, Scheme::Https, 1);
    let arrival = Arrival {
        peer: Rc::new(peer),
        plan: Rc::clone(&snapshot),
        started: Moment(0),
        at: Timestamp(settings.time),
        client: settings.client.parse().expect("address"),
        random: settings.random,
        trace: Trace { is: settings.trace, given: false },
    };
    let mut call = Call::new(request.into_parts().0, arrival);
    crate::handle::find_route(&snapshot.0, &mut call).expect("an API");
    call.identity.api_key = settings.api_key.as_deref().map(Into::into);
    let (api, route) = call.place().expect("a route");
    let api = &snapshot.0.apis[api];
    let time = RequestTime::at(call.at());
    let source = Source { call: &call, api, route: &api.routes[route], body, time: &time };
    event(settings.format, &source)
}

/// A request as it stands on the wire, but for the line ends.
pub(super) fn request(text: &str) -> (Request<()>, String) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let mut first = lines.next().expect("request line").split(' ');
    let mut request = Request::builder()
        .method(first.next().expect("method"))
        .uri(first.next().expect("target"))
        .version(match first.next() {
            Some("HTTP/2.0") => http::Version::HTTP_2,
            _ => http::Version::HTTP_11,
        });
    for line in lines {
        let (name, value) = line.split_once(':').expect("a header");
        request = request.header(name, value.trim());
    }
    (request.body(()).expect("request"), body.trim_end_matches('\n').to_owned())
}

pub(super) fn cases(folder: &str) -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "case"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", folder.display());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("case");
        let parts = text.split("---\n").map(str::to_owned).collect();
        (path.file_name().expect("name").to_string_lossy().into_owned(), parts)
    };
    files.into_iter().map(read).collect()
}
