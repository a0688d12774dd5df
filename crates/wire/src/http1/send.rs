//! An answer on its way to the client.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http::header::{HeaderMap, HeaderName};
use http_body::{Body as _, Frame};

use super::Link;
use super::answer_head::{self, Asked, Told};
use crate::outgoing::Length;
use crate::{Body, BodyError};

/// Writes a whole answer. Returns whether its connection may be used again.
pub(super) async fn send(
    link: &RefCell<Link>,
    response: Response<Body>,
    asked: Asked,
    date: &[u8],
) -> io::Result<bool> {
    let (head, body) = response.into_parts();
    let told = {
        let mut link = link.borrow_mut();
        link.stop_asking();
        let size = body.size_hint().exact();
        link.outgoing.head(|out| answer_head::write(out, &head, size, asked, date))
    };
    if told.length == Length::NoBody {
        drop(body);
        flush(link).await?;
        return Ok(!told.is_last);
    }
    let mut pump = Pump::new(told, asked);
    match body.into_whole() {
        Ok(bytes) => {
            pump.add(&mut link.borrow_mut(), bytes);
            pump.end(&mut link.borrow_mut(), None);
            flush(link).await?;
        }
        Err(mut body) => std::future::poll_fn(|cx| pump.poll(&mut body, link, cx)).await?,
    }
    Ok(!told.is_last)
}

async fn flush(link: &RefCell<Link>) -> io::Result<()> {
    std::future::poll_fn(|cx| link.borrow_mut().poll_flush(cx)).await
}

/// Moves a body to its connection.
struct Pump {
    length: Length,
    /// How many bytes of the announced length are missing.
    left: u64,
    takes_trailers: bool,
    is_over: bool,
    /// Why the answer is not whole; what there is of it goes out first.
    fault: Option<io::Error>,
}

impl Pump {
    fn new(told: Told, asked: Asked) -> Self {
        let left = if let Length::Of(bytes) = told.length { bytes } else { u64::MAX };
        let takes_trailers = asked.takes_trailers;
        Self { length: told.length, left, takes_trailers, is_over: false, fault: None }
    }

    /// What has come goes out when there is enough of it, or when nothing more has come.
    fn poll(
        &mut self,
        body: &mut Body,
        link: &RefCell<Link>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut is_waiting = false;
            while !self.is_over && !is_waiting && link.borrow().outgoing.has_room() {
                match Pin::new(&mut *body).poll_frame(cx) {
                    Poll::Ready(frame) => self.take(frame, &mut link.borrow_mut()),
                    Poll::Pending => is_waiting = true,
                }
            }
            let mut link = link.borrow_mut();
            ready!(link.poll_flush(cx))?;
            if self.is_over {
                return Poll::Ready(self.fault.take().map_or(Ok(()), Err));
            }
            if is_waiting {
                ready!(link.poll_gone(cx))?;
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
        }
    }

    fn take(&mut self, frame: Option<Result<Frame<Bytes>, BodyError>>, link: &mut Link) {
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(bytes))) => self.add(link, bytes),
            Some(Ok(Err(frame))) => self.end(link, frame.into_trailers().ok().as_ref()),
            None => self.end(link, None),
            // Ending early is all that can be said now that the head is out.
            Some(Err(problem)) => self.fail(io::Error::other(problem)),
        }
    }

    fn fail(&mut self, fault: io::Error) {
        self.is_over = true;
        self.fault = Some(fault);
    }

    /// Nothing goes out beyond the announced length: it would be taken for the next answer.
    fn add(&mut self, link: &mut Link, mut bytes: Bytes) {
        bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= bytes.len() as u64;
        link.outgoing.data(self.length, bytes);
    }

    fn end(&mut self, link: &mut Link, trailers: Option<&HeaderMap>) {
        if matches!(self.length, Length::Of(_)) && self.left > 0 {
            return self.fail(io::ErrorKind::UnexpectedEof.into());
        }
        let trailers = trailers.filter(|_| self.takes_trailers).into_iter().flatten();
        let fields = trailers.filter(|(name, _)| may_follow(name));
        let fields = fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
        link.outgoing.end(self.length, fields);
        self.is_over = true;
    }
}

/// Whether a field has a meaning after the body.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1>
fn may_follow(name: &HeaderName) -> bool {
    use http::header;
    !matches!(
        *name,
        header::CONTENT_LENGTH
            | header::TRANSFER_ENCODING
            | header::TRAILER
            | header::TE
            | header::CONNECTION
            | header::UPGRADE
            | header::HOST
            | header::CONTENT_TYPE
            | header::CONTENT_ENCODING
            | header::CONTENT_RANGE
            | header::CACHE_CONTROL
            | header::AUTHORIZATION
            | header::SET_COOKIE
    )
}
