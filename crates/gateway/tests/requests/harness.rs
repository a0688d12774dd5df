//! A gateway on a port of its own, a client that speaks plain bytes, and functions that follow a
//! script where a real one is not the subject.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use gateway::access_log::{self, Bounded};
use gateway::{Dependencies, Gateway};
use limits::{Limits, Local, Seed};
use model::api::{LimitHeaders, MockReply, PayloadFormat, RefusalShape};
use model::deliver::DeliverFuture;
use model::invoke::{InvokeFuture, Outcome};
use model::{
    Action, Api, ApiName, ByteSize, Clock, Cost, Deliver, DeliverError, Delivered, Delivery,
    FailurePolicy, FunctionName, FunctionVersion, Integration, Invocation, Invoke, InvokeRefusal,
    Limit, MethodMatch, Mode, NoSigners, PathPattern, PathSegment, Protocol, Rate, Reply,
    RequestId, Route, Rule, Selector, Stack, SystemClock, WhenMissing,
};
use wire::{Acceptor, Admission, ConnectionLimits, Counters, Drain, DrainHandle};

/// What the scripted function does with an event.
pub(crate) enum Act {
    Answer(String),
    Reply(Outcome),
    Refuse(InvokeRefusal),
    Never,
    /// Answers with what the test sends later.
    Later(tokio::sync::oneshot::Receiver<String>),
}

type Script = dyn Fn(&Invocation) -> Act + Send + Sync;

struct Scripted {
    script: Box<Script>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Invoke for Scripted {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        let act = (self.script)(&invocation);
        Box::pin(async move {
            match act {
                Act::Answer(payload) => Ok(reply(Outcome::Payload(Bytes::from(payload)))),
                Act::Reply(outcome) => Ok(reply(outcome)),
                Act::Refuse(refusal) => Err(refusal),
                Act::Never => std::future::pending().await,
                Act::Later(payload) => {
                    let payload = payload.await.expect("the test answers");
                    Ok(reply(Outcome::Payload(Bytes::from(payload))))
                }
            }
        })
    }

    fn note(&self, function: &FunctionName, _: RequestId, text: String) {
        self.notes.lock().expect("no panic").push(format!("{function}: {text}"));
    }
}

/// Takes what routes hand over, as a script says, and remembers it.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) refuse: Mutex<Option<DeliverError>>,
    pub(crate) deliveries: Mutex<Vec<Delivery>>,
}

impl Deliver for Taken {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_> {
        Box::pin(async move {
            if let Some(error) = self.refuse.lock().expect("no panic").clone() {
                return Err(error);
            }
            let mut deliveries = self.deliveries.lock().expect("no panic");
            deliveries.push(delivery);
            Ok(Delivered { id: format!("id-{}", deliveries.len()) })
        })
    }
}

fn reply(outcome: Outcome) -> Reply {
    Reply { outcome, version: FunctionVersion::Latest, log_tail: None }
}

/// A served gateway; ends with the test.
pub(crate) struct Site {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) taken: Arc<Taken>,
    /// What functions' logs say of their answers.
    pub(crate) notes: Arc<Mutex<Vec<String>>>,
    pub(crate) address: SocketAddr,
    lines: Receiver<Vec<u8>>,
    read: std::cell::RefCell<Vec<u8>>,
    drain: DrainHandle,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    pub(crate) fn serve(stack: &Stack) -> Self {
        Self::running(stack, |_| Act::Never)
    }

    pub(crate) fn running(
        stack: &Stack,
        script: impl Fn(&Invocation) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::counting(stack, script, |local| Arc::new(local))
    }

    /// With limits made of those in memory.
    pub(crate) fn counting(
        stack: &Stack,
        script: impl Fn(&Invocation) -> Act + Send + Sync + 'static,
        limits: impl FnOnce(Local) -> Arc<dyn Limits>,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let (access_log, lines): (Bounded, _) = access_log::bounded(1024);
        let limits = limits(Local::new(Seed::new([7, 11]), ByteSize::mib(1), Arc::clone(&clock)));
        let taken = Arc::new(Taken::default());
        let notes = Arc::<Mutex<Vec<String>>>::default();
        let gateway = Arc::new(Gateway::new(Dependencies {
            invoke: Arc::new(Scripted { script: Box::new(script), notes: Arc::clone(&notes) }),
            deliver: Arc::clone(&taken) as Arc<dyn Deliver>,
            signers: Arc::new(NoSigners),
            limits,
            clock: Arc::clone(&clock),
            access_log: Arc::new(access_log),
            workers: 1,
        }));
        gateway.install(stack).expect("a stack that can be served");
        let (handle, drain) = Drain::new();
        let listener = wire::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let acceptor = Acceptor {
            listener,
            limits: ConnectionLimits::default(),
            tls: None,
            admission: Admission::new(None, None),
            counters: Arc::new(Counters::default()),
            clock,
            drain,
        };
        let shared = Arc::clone(&gateway);
        let (served, is_served) = channel();
        let thread = std::thread::spawn(move || work(&shared, acceptor, &served));
        is_served.recv().expect("the worker runs");
        let read = std::cell::RefCell::default();
        Self { gateway, taken, notes, address, lines, read, drain: handle, thread: Some(thread) }
    }

    /// The answer to a request on a connection of its own.
    pub(crate) fn send(&self, request: &str) -> Answer {
        self.send_bytes(request.replace('\n', "\r\n").as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.send_bytes(&request)
    }

    pub(crate) fn send_bytes(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).expect("written");
        let mut all = Vec::new();
        // A connection that is cut gives what came before.
        let _ = stream.read_to_end(&mut all);
        Answer::parse(&all)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        stream
    }

    /// The next line of the access log.
    pub(crate) fn logged(&self) -> serde_json::Value {
        let mut read = self.read.borrow_mut();
        loop {
            if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = read.drain(..=end).collect();
                return serde_json::from_slice(&line).expect("a line of JSON");
            }
            let batch = self.lines.recv_timeout(Duration::from_secs(20)).expect("a line");
            read.extend_from_slice(&batch);
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.drain.start();
        self.drain.cut();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the worker ends well");
            }
        }
    }
}

fn work(gateway: &Gateway, acceptor: Acceptor, served: &std::sync::mpsc::Sender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async move {
        let worker = gateway.worker(0);
        served.send(()).expect("the test waits");
        acceptor.serve(Rc::new(worker)).await.expect("served");
    });
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(all: &[u8]) -> Self {
        let end = all.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(all)));
        let head = String::from_utf8(all[..end].to_vec()).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("status");
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").expect("header");
            (name.to_lowercase(), value.to_owned())
        });
        let (status, headers) = (status.parse().expect("number"), headers.collect());
        Self { status, headers, body: all[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

pub(crate) fn stack(apis: Vec<Api>) -> Stack {
    Stack { name: "test".into(), apis, ..Stack::default() }
}

pub(crate) fn api(protocol: Protocol, routes: Vec<Route>) -> Api {
    Api {
        name: ApiName::parse("public").expect("name"),
        id: None,
        protocol,
        stage: "$default".into(),
        hosts: Vec::new(),
        cors: None,
        limits: Vec::new(),
        limit_headers: LimitHeaders::Draft,
        refusals: RefusalShape::Aws,
        max_body: ByteSize::kib(64),
        access_log: Default::default(),
        limits_path: None,
        models: Default::default(),
        binary_media_types: Vec::new(),
        routes,
    }
}

/// `route("GET /orders/{id}", ..)` or `route("$default", ..)`.
pub(crate) fn route(key: &str, integration: Integration) -> Route {
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    let method = match method {
        "ANY" => MethodMatch::Any,
        one => MethodMatch::One(one.parse().expect("method")),
    };
    let timeout = Duration::from_secs(30);
    let (limits, priority) = (Vec::new(), model::Priority::Normal);
    let (path, api_key_required) = (pattern(path), false);
    let validation = None;
    Route {
        method,
        path,
        integration,
        limits,
        api_limits: true,
        api_key_required,
        validation,
        priority,
        timeout,
    }
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

pub(crate) fn function(payload: PayloadFormat) -> Integration {
    Integration::Function { function: FunctionName::parse("echo").expect("name"), payload }
}

pub(crate) fn mock(body: &str) -> Integration {
    let headers = vec![("content-type".into(), "text/plain".into())];
    Integration::Mock(MockReply { status: 200, headers, body: body.into() })
}

pub(crate) fn throttle(policy: &str, by: Selector, permits: u32, burst: u32) -> Limit {
    let rate = Rate { permits, per: Duration::from_mins(1) };
    limit(policy, by, Rule::Rate { rate, burst })
}

pub(crate) fn limit(policy: &str, by: Selector, rule: Rule) -> Limit {
    Limit {
        policy: policy.into(),
        by: vec![by],
        when_missing: WhenMissing::Share,
        rule,
        cost: Cost::Fixed(1),
        action: Action::ENFORCE,
        mode: Mode::Auto,
        on_store_failure: FailurePolicy::Share,
    }
}
