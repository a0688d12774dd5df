//! An acceptor that echoes, and a client that writes raw bytes.

mod answers;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use model::{Clock, ManualClock, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::{
    Acceptor, Admission, Answer, Body, ConnectionLimits, Counters, Drain, DrainHandle, Peer, Tls,
};

/// Runs a test on the kind of runtime the acceptor needs. The bound only ends a test that hangs.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(60), test).await };
    let finished = tokio::task::LocalSet::new().block_on(&runtime, bounded);
    finished.expect("the test did not hang");
}

/// Answers by path.
pub(crate) struct Echo;

impl Answer for Echo {
    async fn answer(&self, mut request: Request<Body>, _: &Rc<Peer>) -> Response<Body> {
        match request.uri().path() {
            path if answers::knows(path) => answers::answer(path),
            "/echo" => Response::new(request.into_body()),
            "/unread" => Response::new(Body::full("unread")),
            "/forbidden" => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::FORBIDDEN;
                response
            }
            "/cookies" => {
                let cookies = request.headers().get_all(header::COOKIE);
                let lines: Vec<_> = cookies.iter().map(|line| line.as_bytes()).collect();
                Response::new(Body::full(lines.join(b"\n".as_slice())))
            }
            "/never" => std::future::pending().await,
            "/large" => Response::new(Body::full(vec![b'x'; 32 << 20])),
            "/upgrade" => accept_upgrade(&mut request),
            "/small" => read(request, 4).await,
            _ => read(request, 64 << 20).await,
        }
    }
}

async fn read(request: Request<Body>, limit: u64) -> Response<Body> {
    match request.into_body().read(limit).await {
        Ok(bytes) => Response::new(Body::full(bytes)),
        Err(problem) => {
            let mut response = Response::new(Body::full(problem.to_string()));
            *response.status_mut() = problem.status();
            response
        }
    }
}

fn accept_upgrade(request: &mut Request<Body>) -> Response<Body> {
    let upgrade = request.extensions_mut().remove::<wire::Upgrade>().expect("an upgrade");
    tokio::task::spawn_local(async move {
        let Some(mut stream) = upgrade.opened().await else { return };
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            if stream.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "echo")
        .body(Body::empty())
        .unwrap()
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) drain: DrainHandle,
}

pub(crate) struct Settings {
    pub(crate) limits: ConnectionLimits,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) per_client: Option<NonZeroU32>,
    pub(crate) in_all: Option<NonZeroU32>,
    /// The clock that the server looks at, made of the one that the test moves.
    pub(crate) clock: Option<MakeClock>,
}

type MakeClock = Box<dyn FnOnce(&Arc<ManualClock>) -> Arc<dyn Clock>>;

impl Default for Settings {
    fn default() -> Self {
        let limits = ConnectionLimits { sweep: Duration::from_millis(5), ..Default::default() };
        Self { limits, tls: None, per_client: None, in_all: None, clock: None }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Settings::default())
    }

    pub(crate) fn start_with(settings: Settings) -> Self {
        let listener = wire::bind_shared("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (handle, drain) = Drain::new();
        let counters = Arc::new(Counters::default());
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let shown = settings.clock.map_or_else(|| clock.clone() as Arc<dyn Clock>, |of| of(&clock));
        let acceptor = Acceptor {
            listener,
            limits: settings.limits,
            tls: settings.tls,
            admission: Admission::new(settings.per_client, settings.in_all),
            counters: Arc::clone(&counters),
            clock: shown,
            drain,
        };
        tokio::task::spawn_local(async move { acceptor.serve(Rc::new(Echo)).await.unwrap() });
        Self { address, counters, clock, drain: handle }
    }

    /// From now on a second passes with every sweep.
    pub(crate) fn let_time_pass(&self) {
        let clock = Arc::clone(&self.clock);
        tokio::task::spawn_local(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(5));
            loop {
                ticks.tick().await;
                clock.advance(Duration::from_secs(1));
            }
        });
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) async fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect().await;
        // A server that refuses may close before all is written.
        let _ = stream.write_all(bytes).await;
        read_to_end(&mut stream).await
    }

    pub(crate) async fn until(&self, reached: impl Fn(&Counters) -> bool) {
        while !reached(&self.counters) {
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset ends what could be read, too.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

/// Reads one response whose body has a Content-Length.
pub(crate) async fn read_response(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

/// The status codes of the responses in what was read.
pub(crate) fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    for (at, _) in text.match_indices("HTTP/1.") {
        if let Some(status) = text.get(at + 9..at + 12) {
            found.push(status.parse().unwrap());
        }
    }
    found
}
