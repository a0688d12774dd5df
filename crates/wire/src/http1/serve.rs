//! Serves one connection, request after request.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use tokio::sync::oneshot;

use super::answer_head::Asked;
use super::incoming::Incoming;
use super::link::{Link, Next};
use super::send::send;
use super::{Upgrade, request};
use crate::answer::refuse;
use crate::connection::door::{Door, OpenRequest};
use crate::guard::{BodyFraming, Outline};
use crate::watched::Upgraded;
use crate::{Answer, Body, Refusal};

/// What becomes of a connection after an answer.
enum Then {
    Next,
    Close,
    /// It ends; its client may still be sending.
    CloseSlowly,
    /// Its client has gone.
    End,
    Upgrade(oneshot::Sender<Upgraded>),
}

/// How much is read and thrown away of what a client sends after the last answer.
const LINGER_BYTES: usize = 1 << 20;

/// A request that has been refused, if it is one.
const REFUSED: Asked =
    Asked { version: Version::HTTP_11, is_head: false, keeps_alive: false, takes_trailers: false };

pub(crate) async fn serve<A: Answer>(link: Link, door: Rc<Door<A>>) -> io::Result<()> {
    let link = Rc::new(RefCell::new(link));
    loop {
        let then = match poll_fn(|cx| link.borrow_mut().poll_next(cx)).await? {
            Next::Request(outline, head) => take_turn(&link, &door, outline, head).await?,
            Next::Refused(refusal) => refuse_head(&link, &door, refusal).await?,
            Next::End => Then::End,
        };
        match then {
            Then::Next => {}
            Then::Close => return close(&link, 0).await,
            Then::CloseSlowly => return close(&link, LINGER_BYTES).await,
            Then::End => return Ok(()),
            Then::Upgrade(grant) => {
                if let Ok(link) = Rc::try_unwrap(link) {
                    door.counters.upgraded.add_one();
                    // Whoever asked may have gone.
                    let _ = grant.send(link.into_inner().into_upgraded());
                }
                return Ok(());
            }
        }
    }
}

async fn close(link: &RefCell<Link>, mut linger: usize) -> io::Result<()> {
    poll_fn(|cx| link.borrow_mut().poll_shutdown(cx)).await?;
    poll_fn(|cx| link.borrow_mut().poll_linger(&mut linger, cx)).await
}

async fn refuse_head<A: Answer>(
    link: &RefCell<Link>,
    door: &Door<A>,
    refusal: Refusal,
) -> io::Result<Then> {
    let _open = OpenRequest::of(&door.pulse);
    door.counters.refusals(refusal).add_one();
    send(link, refuse(refusal.status()), REFUSED, &door.roster.date()).await?;
    Ok(Then::CloseSlowly)
}

/// One request and its answer.
async fn take_turn<A: Answer>(
    link: &Rc<RefCell<Link>>,
    door: &Door<A>,
    outline: Outline,
    head: Bytes,
) -> io::Result<Then> {
    let made =
        request::make(&head, link.borrow().framing().head(), outline.version, HeaderMap::new());
    drop(head);
    let request = match made {
        Ok(request) => request,
        Err(refusal) => return refuse_head(link, door, refusal).await,
    };
    let asked = Asked {
        version: request.version(),
        is_head: *request.method() == Method::HEAD,
        keeps_alive: outline.keeps_alive,
        takes_trailers: outline.takes_trailers,
    };
    let _open = OpenRequest::of(&door.pulse);
    let (request, grant) = with_body(link, request, &outline);
    let Some(response) = answer(link, door, request).await? else { return Ok(Then::End) };
    let is_switch = grant.is_some() && response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let may_go_on = conclude(link, door, response, asked).await?;
    match grant.filter(|_| is_switch) {
        Some(grant) => return Ok(Then::Upgrade(grant)),
        None => link.borrow_mut().decline_upgrade(),
    }
    let link = link.borrow();
    Ok(if may_go_on && link.is_at_rest() {
        Then::Next
    } else if !outline.keeps_alive && link.is_read_up() {
        Then::Close
    } else {
        Then::CloseSlowly
    })
}

fn with_body(
    link: &Rc<RefCell<Link>>,
    request: Request<()>,
    outline: &Outline,
) -> (Request<Body>, Option<oneshot::Sender<Upgraded>>) {
    let body = match outline.body {
        BodyFraming::None => Body::empty(),
        body => {
            link.borrow_mut().begin_body(outline);
            let length = if let BodyFraming::Sized(length) = body { Some(length) } else { None };
            Body::incoming(Incoming::new(link, length))
        }
    };
    let mut request = request.map(|()| body);
    if !outline.upgrade {
        return (request, None);
    }
    let (grant, upgrade) = Upgrade::new();
    request.extensions_mut().insert(upgrade);
    (request, Some(grant))
}

/// `None`: the client has not waited for it.
async fn answer<A: Answer>(
    link: &RefCell<Link>,
    door: &Door<A>,
    request: Request<Body>,
) -> io::Result<Option<Response<Body>>> {
    let mut answer = pin!(door.answer.answer(request, &door.peer));
    poll_fn(|cx| match answer.as_mut().poll(cx) {
        Poll::Ready(response) => Poll::Ready(Ok(Some(response))),
        Poll::Pending => link.borrow_mut().poll_gone(cx).map_ok(|()| None),
    })
    .await
}

/// Sends the answer, or what is to be said instead.
async fn conclude<A: Answer>(
    link: &RefCell<Link>,
    door: &Door<A>,
    mut response: Response<Body>,
    mut asked: Asked,
) -> io::Result<bool> {
    poll_fn(|cx| {
        link.borrow_mut().drain_body(cx);
        Poll::Ready(())
    })
    .await;
    // A request that turned out not to be one gets its refusal whatever was made of it.
    let refusal = link.borrow().body_refusal();
    if let Some(refusal) = refusal {
        door.counters.refusals(refusal).add_one();
        response = refuse(refusal.status());
    }
    let is_switch = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let is_last = door.roster.is_draining() && !is_switch;
    asked.keeps_alive &= !is_last && !link.borrow().is_past_reading();
    send(link, response, asked, &door.roster.date()).await
}
