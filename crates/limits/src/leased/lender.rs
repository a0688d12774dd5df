//! Carries a node's asks to the store and the grants back.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream};
use model::Clock;

use super::{Batch, Grant, Leased, Ledger, LedgerProblem, Leftover};

/// How often expired leases are collected.
const SWEEP: Duration = Duration::from_millis(10);

type Answered = (Batch, Result<Vec<Grant>, LedgerProblem>);

/// Asks under way.
type Asked = FuturesUnordered<Pin<Box<dyn Future<Output = Answered> + Send>>>;
/// Hand-backs under way.
type HandedBack = FuturesUnordered<super::Pending<Result<(), LedgerProblem>>>;

enum Event {
    Due,
    Answered(Answered),
    Sweep,
    Close,
}

/// Runs until `close` is done, then ends the node's leases and hands back what nobody used. `rest`
/// passes time, as a runtime's timer does.
///
/// Asks wait for no other ask: each batch has its own round trip.
pub async fn lend<R: Future<Output = ()>>(
    leased: Leased,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    rest: impl Fn(Duration) -> R,
    close: impl Future<Output = ()>,
) {
    let (mut asked, mut handed_back) = (Asked::new(), HandedBack::new());
    let mut close = pin!(close);
    let mut nap = Box::pin(rest(SWEEP));
    loop {
        let event = poll_fn(|cx| {
            while let Poll::Ready(Some(_)) = Pin::new(&mut handed_back).poll_next(cx) {}
            next(&leased, &mut asked, cx).map_or_else(
                || match (close.as_mut().poll(cx), nap.as_mut().poll(cx)) {
                    (Poll::Ready(()), _) => Poll::Ready(Event::Close),
                    (_, Poll::Ready(())) => Poll::Ready(Event::Sweep),
                    _ => Poll::Pending,
                },
                Poll::Ready,
            )
        });
        let leftovers = match event.await {
            Event::Due => {
                let work = leased.work(clock.moment());
                if let Some(batch) = work.asks {
                    asked.push(send(&ledger, batch));
                }
                work.leftovers
            }
            Event::Answered((batch, answer)) => leased.answered(&batch, answer, clock.moment()),
            Event::Sweep => {
                nap = Box::pin(rest(SWEEP));
                leased.sweep(clock.moment()).leftovers
            }
            Event::Close => break,
        };
        hand_back(&ledger, leftovers, &handed_back);
    }
    finish(&leased, &ledger, &*clock, asked, handed_back).await;
}

/// What needs no time to pass.
fn next(leased: &Leased, asked: &mut Asked, cx: &mut Context<'_>) -> Option<Event> {
    if let Poll::Ready(Some(answered)) = Pin::new(asked).poll_next(cx) {
        return Some(Event::Answered(answered));
    }
    leased.poll_work(cx).is_ready().then_some(Event::Due)
}

/// Waits for what is under way, so that its permits are handed back, too.
async fn finish(
    leased: &Leased,
    ledger: &Arc<dyn Ledger>,
    clock: &dyn Clock,
    mut asked: Asked,
    mut handed_back: HandedBack,
) {
    hand_back(ledger, leased.close(), &handed_back);
    while let Some((batch, answer)) = poll_fn(|cx| Pin::new(&mut asked).poll_next(cx)).await {
        hand_back(ledger, leased.answered(&batch, answer, clock.moment()), &handed_back);
    }
    while poll_fn(|cx| Pin::new(&mut handed_back).poll_next(cx)).await.is_some() {}
}

fn send(ledger: &Arc<dyn Ledger>, batch: Batch) -> Pin<Box<dyn Future<Output = Answered> + Send>> {
    let answer = ledger.lease(batch.asks.clone());
    Box::pin(async move { (batch, answer.await) })
}

fn hand_back(ledger: &Arc<dyn Ledger>, leftovers: Vec<Leftover>, handed_back: &HandedBack) {
    if !leftovers.is_empty() {
        handed_back.push(ledger.take_back(leftovers));
    }
}
