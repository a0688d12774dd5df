//! Runs a connection's protocol.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::door::Door;
use super::pulse::{Order, Pulse, Stage};
use super::registration::Registration;
use crate::guard::{Framing, HeadLimits};
use crate::http1::{self, Link};
use crate::socket::{Socket, is_silent};
use crate::watched::Watched;
use crate::{Answer, ConnectionLimits, Tls};

/// How every HTTP/2 connection over cleartext begins.
/// <https://www.rfc-editor.org/rfc/rfc9113#name-http-2-connection-preface>
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The first bytes of a connection are read apart from hyper, in one piece if they are few.
const FIRST_PIECE: usize = 4 << 10;

/// How a connection's own problems are told apart; none concerns anyone but its peer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("tls: {0}")]
    Tls(io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

pub(crate) async fn run<A: Answer>(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    door: Rc<Door<A>>,
    registration: Registration,
) -> Result<(), Ended> {
    let Some(tls) = tls else {
        return run_cleartext(stream, door, registration).await;
    };
    let accepted = TlsAcceptor::from(tls.current()).accept(stream).await;
    let stream = accepted.map_err(Ended::Tls)?;
    door.pulse.enter(Stage::Opening);
    let is_http2 = speaks_http2(&stream);
    let socket = Socket::Tls(Box::new(stream));
    if is_http2 {
        run_http2(socket, Vec::new(), door, registration).await
    } else {
        run_http1(socket, &[], door, registration).await
    }
}

fn speaks_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

async fn run_cleartext<A: Answer>(
    stream: TcpStream,
    door: Rc<Door<A>>,
    registration: Registration,
) -> Result<(), Ended> {
    let mut first = Vec::new();
    while PREFACE.starts_with(&first) && first.len() < PREFACE.len() {
        // Waiting first, a silent connection costs no buffer.
        if !begins(&stream, &door.pulse).await? {
            return Ok(());
        }
        let known = first.len();
        first.resize(known + FIRST_PIECE, 0);
        let count = match stream.try_read(&mut first[known..]) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(problem) if problem.kind() == io::ErrorKind::WouldBlock => 0,
            Err(problem) => return Err(problem.into()),
        };
        first.truncate(known + count);
    }
    let socket = Socket::Plain(stream);
    if first.starts_with(PREFACE) {
        run_http2(socket, first, door, registration).await
    } else {
        run_http1(socket, &first, door, registration).await
    }
}

/// Waits for a client to say something. `false`: it has not, and need not any more.
async fn begins(stream: &TcpStream, pulse: &Pulse) -> io::Result<bool> {
    poll_fn(|cx| {
        let ready = stream.poll_read_ready(cx)?;
        if ready.is_pending() && pulse.order() == Order::Retire {
            if is_silent(stream) {
                return Poll::Ready(Ok(false));
            }
            pulse.give(Order::None);
        }
        ready.map(|()| Ok(true))
    })
    .await
}

async fn run_http1<A: Answer>(
    socket: Socket,
    first: &[u8],
    door: Rc<Door<A>>,
    registration: Registration,
) -> Result<(), Ended> {
    let framing = Framing::new(head_limits(&door.limits));
    http1::serve(Link::new(socket, first, framing, registration), door).await?;
    Ok(())
}

fn head_limits(limits: &ConnectionLimits) -> HeadLimits {
    HeadLimits {
        bytes: limits.head_bytes,
        target_bytes: limits.target_bytes,
        fields: limits.fields,
    }
}

async fn run_http2<A: Answer>(
    socket: Socket,
    first: Vec<u8>,
    door: Rc<Door<A>>,
    registration: Registration,
) -> Result<(), Ended> {
    let limits = Rc::clone(&door.limits);
    let pulse = Arc::clone(&door.pulse);
    let roster = Rc::clone(&door.roster);
    let stream = Watched::new(socket, first.into(), Stage::Http2, registration);
    let service = service_fn(move |request| {
        let door = Rc::clone(&door);
        async move { Ok::<_, Infallible>(door.http2(request).await) }
    });
    let mut protocol = http2::Builder::new(OnThisThread);
    protocol
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.ping_interval)
        .keep_alive_timeout(limits.ping_timeout)
        .max_concurrent_streams(limits.streams)
        .max_pending_accept_reset_streams(limits.pending_resets)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    let mut retired = false;
    let served = poll_fn(|cx| {
        if !retired && (pulse.order() == Order::Retire || roster.is_draining()) {
            retired = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    served.await?;
    Ok(())
}

/// Runs HTTP/2 streams where their connection runs.
#[derive(Debug, Clone, Copy)]
struct OnThisThread;

impl<F: Future<Output = ()> + 'static> Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// A connection that ends when the sweep says so. `None`: it was cut.
pub(crate) struct UntilCut<F> {
    connection: Pin<Box<F>>,
    pulse: Arc<Pulse>,
    registered: bool,
}

impl<F> UntilCut<F> {
    pub(crate) fn new(connection: F, pulse: Arc<Pulse>) -> Self {
        Self { connection: Box::pin(connection), pulse, registered: false }
    }
}

impl<F: Future> Future for UntilCut<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if !this.registered {
            // A task's waker stays the same for its life.
            this.pulse.register(cx.waker());
            this.registered = true;
        }
        if this.pulse.order() == Order::Cut {
            return Poll::Ready(None);
        }
        this.connection.as_mut().poll(cx).map(Some)
    }
}
