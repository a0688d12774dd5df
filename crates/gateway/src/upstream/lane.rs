//! One connection to an upstream.

mod bell;
mod line;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use tokio::net::TcpStream;
use wire::Body;

use super::alarm::Alarm;
use bell::Bell;
use line::Line;

type Connection = http1::Connection<Line, Body>;

/// Nobody drives it but the request that holds it. Dropped, it closes.
pub(super) struct Lane {
    sender: SendRequest<Body>,
    connection: Box<Connection>,
    /// hyper has finished with the connection; it must not be polled again.
    over: bool,
    bell: Bell,
    pub(super) alarm: Alarm,
}

/// More fields than hyper takes by default are not unusual in responses that set cookies.
const MOST_FIELDS: usize = 256;

impl Lane {
    pub(super) async fn over(stream: TcpStream, patience: Duration) -> hyper::Result<Self> {
        let (sender, connection) =
            http1::Builder::new().max_headers(MOST_FIELDS).handshake(Line(stream)).await?;
        let alarm = Alarm::after(patience);
        let connection = Box::new(connection);
        Ok(Self { sender, connection, over: false, bell: Bell::default(), alarm })
    }

    /// Polls something that the lane moves on. What is polled drives the lane first; a change that
    /// the polling itself brings about does not wake the task.
    pub(super) fn attend<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let waker = self.bell.waker();
        self.bell.hush();
        let polled = poll(self, &mut Context::from_waker(&waker));
        if polled.is_pending() {
            self.bell.listen(cx);
        }
        polled
    }

    /// Moves bytes both ways as far as they go. Called while the lane is attended.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.over && Pin::new(&mut *self.connection).poll(cx).is_ready() {
            self.over = true;
        }
    }

    /// Whether the connection has ended, as hyper sees it.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the last exchange is complete. The lane wakes nobody from here on.
    pub(super) fn retire(&mut self) -> bool {
        if !self.is_ready() {
            self.look();
        }
        self.bell.rest();
        self.is_ready()
    }

    /// Whether a retired lane can be used. Sees a close that arrived while it was idle.
    pub(super) fn is_free(&mut self) -> bool {
        if self.bell.has_rung() {
            self.look();
        }
        self.is_ready()
    }

    fn is_ready(&self) -> bool {
        !self.over && self.sender.is_ready()
    }

    /// Drives the lane once, with nobody waiting for it.
    fn look(&mut self) {
        let waker = self.bell.waker();
        self.bell.hush();
        self.drive(&mut Context::from_waker(&waker));
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
            self.attend(cx, |lane, cx| {
                lane.drive(cx);
                if lane.over { Poll::Ready(()) } else { Poll::Pending }
            })
        })
        .await;
        let parts = self.connection.into_parts();
        (parts.io.0, parts.read_buf)
    }
}
