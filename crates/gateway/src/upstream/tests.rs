//! A client, the proxy between two real sockets, and upstreams that behave or do not.

mod balance;
mod failures;
mod fields;
mod health;
mod reuse;
mod streams;
mod tunnels;

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use model::{
    Clock, ManualClock, Timestamp, Upstream, UpstreamAddress, UpstreamName, UpstreamTimeouts,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use wire::{
    Acceptor, Admission, Answer, Body, ConnectionLimits, Counters, Drain, DrainHandle, Peer,
};

use super::{Fleet, Forwarding, Outbound, UpstreamId, Upstreams};

/// The bound only ends a test that hangs.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(60), test).await };
    let finished = tokio::task::LocalSet::new().block_on(&runtime, bounded);
    finished.expect("the test did not hang");
}

fn upstream(addresses: &[SocketAddr]) -> Upstream {
    let address = |address: &SocketAddr| UpstreamAddress {
        host: address.ip().to_string(),
        port: address.port(),
        base_path: String::new(),
    };
    Upstream {
        name: UpstreamName::parse("users").unwrap(),
        process: None,
        addresses: addresses.iter().map(address).collect(),
        health: None,
        timeouts: UpstreamTimeouts::default(),
        retries: 0,
        max_failures: 0,
        eject_for: Duration::from_secs(10),
        keep_alive: 8,
        concurrency: None,
    }
}

/// Answers every request by asking the upstream.
struct Proxy {
    fleet: Arc<Fleet>,
    id: UpstreamId,
    upstreams: Upstreams,
    trusted: bool,
    preserve_host: bool,
    patience: Duration,
}

impl Answer for Proxy {
    async fn answer(&self, request: Request<Body>, peer: &Rc<Peer>) -> Response<Body> {
        let forwarding =
            Forwarding { peer, trusted: self.trusted, preserve_host: self.preserve_host };
        let (mut head, body) = request.into_parts();
        let client = head.extensions.remove::<wire::Upgrade>();
        let path = head.uri.path_and_query().expect("a path");
        let outbound = Outbound::new(&head, Cow::Borrowed(path), forwarding, client);
        let deadline = Instant::now() + self.patience;
        match self.upstreams.send(&self.fleet, self.id, outbound, body, deadline).await {
            Ok(response) => response,
            Err(error) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = error.status();
                let label = HeaderValue::from_static(error.kind.label());
                response.headers_mut().insert("x-error", label);
                response
            }
        }
    }
}

struct Chain {
    address: SocketAddr,
    proxy: Rc<Proxy>,
    clock: Arc<ManualClock>,
    counters: Arc<Counters>,
    drain: DrainHandle,
}

impl Chain {
    fn to(definition: &Upstream) -> Self {
        Self::with(definition, |_| {})
    }

    fn with(definition: &Upstream, adjust: impl FnOnce(&mut Proxy)) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let fleet = Fleet::new([definition], None);
        let id = fleet.find(&definition.name).unwrap();
        let upstreams = Upstreams::new(clock.clone() as Arc<dyn Clock>);
        let patience = Duration::from_secs(60);
        let (trusted, preserve_host) = (false, false);
        let mut proxy = Proxy { fleet, id, upstreams, trusted, preserve_host, patience };
        adjust(&mut proxy);
        let proxy = Rc::new(proxy);
        let listener = wire::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (handle, drain) = Drain::new();
        let counters = Arc::new(Counters::default());
        let acceptor = Acceptor {
            listener,
            limits: ConnectionLimits::default(),
            tls: None,
            admission: Admission::new(None, None),
            counters: Arc::clone(&counters),
            clock: clock.clone(),
            drain,
        };
        let answer = Rc::clone(&proxy);
        tokio::task::spawn_local(async move { acceptor.serve(answer).await.unwrap() });
        Self { address, proxy, clock, counters, drain: handle }
    }

    async fn connect(&self) -> SendRequest<Body> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::task::spawn_local(connection);
        sender
    }

    async fn send(&self, request: Request<Body>) -> Response<Incoming> {
        self.connect().await.send_request(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response<Incoming> {
        self.send(Request::get(path).header("host", "client.example").body(Body::empty()).unwrap())
            .await
    }

    async fn post(&self, path: &str, body: &'static str) -> Response<Incoming> {
        let request = Request::post(path).header("host", "client.example");
        self.send(request.body(Body::full(body)).unwrap()).await
    }
}

async fn text(response: Response<Incoming>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn error_of(response: &Response<Incoming>) -> (u16, &str) {
    let label = response.headers().get("x-error").map_or("", |label| label.to_str().unwrap());
    (response.status().as_u16(), label)
}

/// What an upstream was asked.
struct Asked {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// A well-behaved server that remembers what it was asked.
struct Site {
    address: SocketAddr,
    connections: Rc<RefCell<usize>>,
    asked: Rc<RefCell<Vec<Asked>>>,
}

impl Site {
    async fn serve<F, R>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> R + 'static,
        R: Future<Output = Response<Body>> + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Rc::new(RefCell::new(0));
        let counted = Rc::clone(&connections);
        let answer = Rc::new(answer);
        tokio::task::spawn_local(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *counted.borrow_mut() += 1;
                let answer = Rc::clone(&answer);
                let service = service_fn(move |request| {
                    let answer = answer(request);
                    async move { Ok::<_, std::convert::Infallible>(answer.await) }
                });
                let protocol = hyper::server::conn::http1::Builder::new();
                tokio::task::spawn_local(
                    protocol.serve_connection(TokioIo::new(stream), service).with_upgrades(),
                );
            }
        });
        Self { address, connections, asked: Rc::default() }
    }

    /// Answers with the given text and remembers the question.
    async fn saying(said: &'static str) -> Self {
        let asked: Rc<RefCell<Vec<Asked>>> = Rc::default();
        let notes = Rc::clone(&asked);
        let mut site = Self::serve(move |request| {
            let notes = Rc::clone(&notes);
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                notes.borrow_mut().push(Asked {
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                });
                Response::new(Body::full(said))
            }
        })
        .await;
        site.asked = asked;
        site
    }

    fn last(&self) -> Asked {
        self.asked.borrow_mut().pop().expect("it was asked")
    }

    fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

/// Runs `behave` on every connection that comes.
async fn raw<F, R>(behave: F) -> SocketAddr
where
    F: Fn(TcpStream, usize) -> R + 'static,
    R: Future<Output = ()> + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::task::spawn_local(behave(stream, number));
        }
    });
    address
}

/// Reads a request without a body.
async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if tokio::io::AsyncReadExt::read_buf(stream, &mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    Some(String::from_utf8(bytes).unwrap())
}

/// An address that refuses connections.
async fn refusing() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
