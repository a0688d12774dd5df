//! Runs the cases under `cases/`, and checks what no case can: hostile input.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use model::api::{MockReply, PayloadFormat};
use model::{
    Api, ApiName, ByteSize, Integration, MethodMatch, Moment, PathPattern, PathSegment, Protocol,
    Route, Timestamp, TraceContext,
};
use proptest::prelude::*;
use wire::{Peer, Scheme};

use super::{Source, event, reply};
use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::mapping::time::RequestTime;
use crate::metrics::Metrics;
use crate::plan::{MediaTypes, Plan};

/// The settings at the top of a case.
struct Settings {
    format: PayloadFormat,
    stage: String,
    route: String,
    api: String,
    time: u64,
    random: u128,
    trace: TraceContext,
    client: String,
    binary: Vec<String>,
    accept: Option<String>,
    body: Option<Vec<u8>>,
}

impl Settings {
    fn parse(text: &str) -> Self {
        let mut settings = Self {
            format: PayloadFormat::V2,
            stage: "$default".into(),
            route: "$default".into(),
            api: "id".into(),
            time: 1_583_348_638_390,
            random: 0,
            trace: TraceContext { trace_id: 1 << 96, span_id: 1, sampled: true },
            client: "192.0.2.1".into(),
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
                self.format = match value {
                    "2.0" => PayloadFormat::V2,
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

fn pattern(path: &str) -> PathPattern {
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
        throttles: Vec::new(),
        timeout: std::time::Duration::from_secs(30),
    };
    let api = Api {
        name: ApiName::parse(&settings.api).expect("name"),
        protocol: settings.protocol(),
        stage: settings.stage.clone(),
        hosts: Vec::new(),
        cors: None,
        throttles: Vec::new(),
        max_body: ByteSize::mib(10),
        binary_media_types: settings.binary.clone(),
        routes: vec![route],
    };
    let stack = model::Stack {
        name: "cases".into(),
        manifest: PathBuf::new(),
        functions: Default::default(),
        upstreams: Default::default(),
        apis: vec![api],
        listener: Default::default(),
    };
    Plan::compile(&stack, &Metrics::new(1), None).expect("plan")
}

/// The event for a request, as the gateway would write it.
fn written(settings: &Settings, request: Request<()>, body: &[u8]) -> Bytes {
    let snapshot = Rc::new(Snapshot(Arc::new(plan(settings))));
    let peer = Peer {
        address: (settings.client.parse::<IpAddr>().expect("address"), 50_000).into(),
        local: "198.51.100.7:443".parse().expect("address"),
        scheme: Scheme::Https,
        number: 1,
    };
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
    let (api, route) = call.place().expect("a route");
    let api = &snapshot.0.apis[api];
    let time = RequestTime::at(call.at());
    let source = Source { call: &call, api, route: &api.routes[route], body, time: &time };
    event(settings.format, &source)
}

/// A request as it stands on the wire, but for the line ends.
fn request(text: &str) -> (Request<()>, String) {
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

fn cases(folder: &str) -> Vec<(String, Vec<String>)> {
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

#[test]
fn requests_become_the_events_that_aws_sends() {
    for (name, parts) in cases("events") {
        let [settings, raw, expected] = &*parts else { panic!("{name}: three parts") };
        let settings = Settings::parse(settings);
        let (request, text) = request(raw);
        let body = settings.body.clone().unwrap_or(text.into_bytes());
        let event = written(&settings, request, &body);
        let expected: serde_json::Value = serde_json::from_str(expected)
            .unwrap_or_else(|error| panic!("{name}: the expected event: {error}"));
        let event = String::from_utf8(event.to_vec()).expect("UTF-8");
        assert_eq!(event, expected.to_string(), "{name}");
        keeps_its_fields(&name, settings.format, &event);
    }
}

/// The official types read the event without losing what it says.
fn keeps_its_fields(name: &str, format: PayloadFormat, event: &str) {
    use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
    let back = match format {
        PayloadFormat::V2 => {
            let read: ApiGatewayV2httpRequest = serde_json::from_str(event).expect(name);
            serde_json::to_value(read)
        }
        PayloadFormat::V1 | PayloadFormat::Rest => {
            let read: ApiGatewayProxyRequest = serde_json::from_str(event).expect(name);
            serde_json::to_value(read)
        }
    };
    let back = back.expect("serializes");
    let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    let fields = event.as_object().expect("object");
    // The types of format 1.0 keep one spelling of a header, and no version.
    for (field, value) in fields {
        let is_compared = !matches!(
            field.as_str(),
            "version"
                | "headers"
                | "multiValueHeaders"
                | "requestContext"
                | "queryStringParameters"
        );
        if is_compared && !value.is_null() {
            assert_eq!(&back[field], value, "{name}: {field}");
        }
    }
    for (field, value) in event["requestContext"].as_object().expect("context") {
        let is_compared = !matches!(field.as_str(), "identity" | "http" | "authorizer");
        if is_compared && !value.is_null() && !back["requestContext"][field].is_null() {
            assert_eq!(&back["requestContext"][field], value, "{name}: requestContext.{field}");
        }
    }
}

#[tokio::test]
async fn results_become_the_responses_that_aws_sends() {
    for (name, parts) in cases("replies") {
        let [settings, result, expected] = &*parts else { panic!("{name}: three parts") };
        let settings = Settings::parse(settings);
        let payload = Bytes::from(result.trim_end_matches('\n').to_owned());
        let mut headers = HeaderMap::new();
        if let Some(accept) = &settings.accept {
            headers.insert("accept", accept.parse().expect("value"));
        }
        let binary = MediaTypes::new(&settings.binary);
        let said = match reply::response(settings.format, &payload, &headers, &binary) {
            Ok(response) => spelled_out(response).await,
            Err(refusal) => format!("refused: {}\n", refusal.name()),
        };
        assert_eq!(said, *expected, "{name}");
    }
}

async fn spelled_out(response: http::Response<wire::Body>) -> String {
    use std::fmt::Write as _;
    let (head, body) = response.into_parts();
    let mut said = format!("{}\n", head.status.as_u16());
    let mut lines: Vec<_> = head.headers.iter().collect();
    lines.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in lines {
        let _ = writeln!(said, "{name}: {}", value.to_str().expect("text"));
    }
    let body = body.collect().await.expect("body").to_bytes();
    match std::str::from_utf8(&body) {
        Ok("") => {}
        Ok(text) => {
            let _ = write!(said, "\n{text}\n");
        }
        Err(_) => {
            let bytes: Vec<_> = body.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = write!(said, "\nhex {}\n", bytes.join(" "));
        }
    }
    said
}

fn formats() -> impl Strategy<Value = (PayloadFormat, &'static str)> {
    prop::sample::select(vec![
        (PayloadFormat::V2, "$default"),
        (PayloadFormat::V2, "ANY /{a}/{rest+}"),
        (PayloadFormat::V1, "ANY /{a}/{rest+}"),
        (PayloadFormat::Rest, "ANY /{a}/{rest+}"),
    ])
}

proptest! {
    /// Whatever a client sends, a function receives JSON that says it.
    #[test]
    fn any_request_becomes_valid_json(
        (format, route) in formats(),
        path in "/[!-~&&[^?#]]{1,8}/[!-~&&[^?#]]{0,12}",
        query in "[!-~&&[^#]]{0,24}",
        header in prop::collection::vec(any::<u8>(), 0..16),
        body: Vec<u8>,
    ) {
        let mut settings = Settings::parse("");
        settings.format = format;
        settings.route = route.into();
        let Ok(value) = http::HeaderValue::from_bytes(&header) else { return Ok(()) };
        let Ok(request) = Request::builder()
            .method("POST")
            .uri(format!("{path}?{query}"))
            .header("host", "example.com")
            .header("x-odd", value.clone())
            .header("cookie", value)
            .body(())
        else { return Ok(()) };
        if path.starts_with("//") || (format == PayloadFormat::Rest && path.ends_with('/')) {
            return Ok(());
        }
        let event = written(&settings, request, &body);
        let read: serde_json::Value = serde_json::from_slice(&event).expect("valid JSON");
        let back = match read["body"].as_str() {
            None => Vec::new(),
            Some(text) if read["isBase64Encoded"] == true => STANDARD.decode(text).expect("base64"),
            Some(text) => text.as_bytes().to_vec(),
        };
        prop_assert_eq!(back, body);
    }

    /// A function's result is mapped or refused, whatever it is.
    #[test]
    fn any_result_is_answered(payload: Vec<u8>, text in "\\PC*") {
        for payload in [Bytes::from(payload), Bytes::from(text)] {
            for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
                let _ = reply::response(format, &payload, &HeaderMap::new(), &MediaTypes::default());
            }
        }
    }

    #[test]
    fn bytes_survive_both_ways(body: Vec<u8>) {
        let text = STANDARD.encode(&body);
        let result = format!(r#"{{"statusCode":200,"isBase64Encoded":true,"body":"{text}"}}"#);
        let binary = MediaTypes::new(&["*/*".into()]);
        for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
            let payload = Bytes::from(result.clone());
            let response = reply::response(format, &payload, &HeaderMap::new(), &binary)
                .expect("a response");
            let whole = tokio::runtime::Builder::new_current_thread().build().expect("runtime")
                .block_on(response.into_body().collect()).expect("body").to_bytes();
            prop_assert_eq!(&whole[..], &body[..]);
        }
    }
}
