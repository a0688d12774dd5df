//! Message bodies, in and out.

mod patience;

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming as Http2Incoming;

use crate::connection::pulse::Pulse;
use crate::http1::incoming::Incoming;
use crate::{ConnectionLimits, Refusal};
use patience::Patient;

/// A body that stays on its thread. The common kinds are not boxed.
pub struct Body {
    kind: Kind,
    bound: Option<Bound>,
}

enum Kind {
    Empty,
    Full(Bytes),
    Incoming(Incoming),
    Patient(Box<Patient>),
    Wrapped(Pin<Box<dyn http_body::Body<Data = Bytes, Error = BodyError>>>),
}

#[derive(Clone, Copy)]
struct Bound {
    limit: u64,
    left: u64,
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body is over the limit of {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the body breaks HTTP's framing: {0}")]
    Malformed(Refusal),
    #[error("the client sent its body too slowly")]
    TooSlow,
    #[error("the connection ended before the body was complete")]
    Incomplete,
    #[error(transparent)]
    Source(Box<dyn Error + Send + Sync>),
}

impl BodyError {
    /// What a client whose request body failed this way is told.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed(refusal) => refusal.status(),
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Incomplete | Self::Source(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<hyper::Error> for BodyError {
    fn from(error: hyper::Error) -> Self {
        let gone = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
        if gone { Self::Incomplete } else { Self::Source(error.into()) }
    }
}

impl Body {
    pub fn empty() -> Self {
        Self::of(Kind::Empty)
    }

    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::of(if bytes.is_empty() { Kind::Empty } else { Kind::Full(bytes) })
    }

    /// Boxes another body.
    pub fn wrap(body: impl http_body::Body<Data = Bytes, Error = BodyError> + 'static) -> Self {
        Self::of(Kind::Wrapped(Box::pin(body)))
    }

    /// A body that ends with an error when it arrives too slowly.
    pub(crate) fn patient(
        incoming: Http2Incoming,
        limits: &ConnectionLimits,
        pulse: &Arc<Pulse>,
    ) -> Self {
        if http_body::Body::is_end_stream(&incoming) {
            return Self::empty();
        }
        Self::of(Kind::Patient(Box::new(Patient::new(incoming, limits, pulse))))
    }

    pub(crate) fn incoming(incoming: Incoming) -> Self {
        Self::of(Kind::Incoming(incoming))
    }

    /// The whole body if it is at hand, or the body itself.
    pub(crate) fn into_whole(self) -> Result<Bytes, Self> {
        match self.kind {
            Kind::Empty => Ok(Bytes::new()),
            Kind::Full(bytes) if self.bound.is_none() => Ok(bytes),
            kind => Err(Self { kind, bound: self.bound }),
        }
    }

    fn of(kind: Kind) -> Self {
        Self { kind, bound: None }
    }

    /// Bounds what may still be read. Fails at once when the body's declared length is over the
    /// limit; a body without one fails when it gets there.
    pub fn limited(mut self, limit: u64) -> Result<Self, BodyError> {
        if http_body::Body::size_hint(&self).lower() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        self.bound = Some(Bound { limit, left: limit });
        Ok(self)
    }

    /// Reads the whole body, of at most `limit` bytes. Trailers are dropped.
    pub async fn read(self, limit: u64) -> Result<Bytes, BodyError> {
        let mut body = self.limited(limit)?;
        if let Kind::Full(bytes) = body.kind {
            return Ok(bytes);
        }
        let Some(first) = body.next_data().await? else {
            return Ok(Bytes::new());
        };
        // Most bodies arrive in one piece, which needs no copy.
        let Some(second) = body.next_data().await? else {
            return Ok(first);
        };
        let declared = usize::try_from(http_body::Body::size_hint(&body).lower()).unwrap_or(0);
        let mut whole = BytesMut::with_capacity(first.len() + second.len() + declared);
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(more) = body.next_data().await? {
            whole.extend_from_slice(&more);
        }
        Ok(whole.freeze())
    }

    /// The next piece of the body; trailers are passed over.
    pub async fn next_data(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let polled =
                std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut *self), cx));
            let Some(frame) = polled.await else {
                return Ok(None);
            };
            if let Ok(bytes) = frame?.into_data() {
                return Ok(Some(bytes));
            }
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::full(bytes)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.get_mut();
        let frame = ready!(body.kind.poll_frame(cx));
        if let (Some(bound), Some(Ok(frame))) = (&mut body.bound, &frame) {
            let size = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(left) = bound.left.checked_sub(size) else {
                let limit = bound.limit;
                // Dropping what is left tells the connection that nobody reads on.
                body.kind = Kind::Empty;
                return Poll::Ready(Some(Err(BodyError::TooLarge { limit })));
            };
            bound.left = left;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(_) => false,
            Kind::Incoming(incoming) => incoming.is_over(),
            Kind::Patient(patient) => patient.incoming.is_end_stream(),
            Kind::Wrapped(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Incoming(incoming) => {
                incoming.left().map_or_else(SizeHint::default, SizeHint::with_exact)
            }
            Kind::Patient(patient) => patient.incoming.size_hint(),
            Kind::Wrapped(body) => body.size_hint(),
        }
    }
}

impl Kind {
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Incoming(incoming) => incoming.poll_frame(cx),
            Self::Patient(patient) => patient.poll_frame(cx),
            Self::Wrapped(body) => body.as_mut().poll_frame(cx),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Empty => "Empty",
            Kind::Full(_) => "Full",
            Kind::Incoming(_) | Kind::Patient(_) => "Incoming",
            Kind::Wrapped(_) => "Wrapped",
        };
        f.debug_struct("Body").field("kind", &kind).finish_non_exhaustive()
    }
}
