//! One connection to an upstream.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wire::Body;

use super::alarm::Alarm;

type Connection = http1::Connection<TokioIo<TcpStream>, Body>;

/// Nobody drives it but the request that holds it. Dropped, it closes.
pub(super) struct Lane {
    sender: SendRequest<Body>,
    connection: Box<Connection>,
    /// hyper has finished with the connection; it must not be polled again.
    over: bool,
    pub(super) alarm: Alarm,
}

/// More fields than hyper takes by default are not unusual in responses that set cookies.
const MOST_FIELDS: usize = 256;

impl Lane {
    pub(super) async fn over(stream: TcpStream, patience: Duration) -> hyper::Result<Self> {
        let (sender, connection) =
            http1::Builder::new().max_headers(MOST_FIELDS).handshake(TokioIo::new(stream)).await?;
        let alarm = Alarm::after(patience);
        Ok(Self { sender, connection: Box::new(connection), over: false, alarm })
    }

    /// Moves bytes both ways as far as they go.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.over && Pin::new(&mut *self.connection).poll(cx).is_ready() {
            self.over = true;
        }
    }

    /// Whether the connection has ended, as hyper sees it.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether another request can be sent. Sees a close that arrived while the lane was idle.
    pub(super) fn is_free(&mut self, cx: &mut Context<'_>) -> bool {
        self.drive(cx);
        !self.over && self.sender.is_ready()
    }

    pub(super) fn send(
        &mut self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Body>>>> + use<> {
        self.sender.try_send_request(request)
    }

    /// After `101 Switching Protocols`: the bare connection and what was read beyond the head.
    pub(super) async fn into_stream(mut self) -> (TcpStream, Bytes) {
        std::future::poll_fn(|cx| {
            self.drive(cx);
            if self.over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let parts = self.connection.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}
