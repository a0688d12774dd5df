//! The way from one thread to the store: requests that come while others are on their way travel
//! together, in one call. Nothing waits for company; a lane with nothing under way sends at once.
//!
//! Nobody waits for a store that is known to be dead: with the call that finds out, all that wait behind it
//! are left to their failure policies.

mod way;

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use model::Moment;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::ask::untold;
use super::link::Link;
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::shared::Shared;
use super::slots::UnderWay;
use way::Way;

pub(crate) type Outcome = Result<Reply, Problem>;

/// A request under way.
pub(crate) struct Job {
    pub(crate) request: Arc<Request>,
    /// Nothing where nobody waits for what becomes of it.
    pub(crate) answer: Option<oneshot::Sender<Outcome>>,
    /// Slots that it takes or gives back, where nobody waits.
    pub(crate) slots: Option<UnderWay>,
    /// The state of the breaker when it was sent.
    pub(crate) seen: u64,
    /// When it was sent.
    pub(crate) since: Moment,
}

pub(crate) type Lane = mpsc::Sender<Job>;

/// Requests that wait for a lane; more are answered by their failure policies.
const QUEUE: usize = 16_384;
/// Requests in one call: the store serves nobody else meanwhile.
const MOST_PER_CALL: usize = 64;
/// Calls under way before requests gather: one at the store, one on the wire each way.
const MOST_CALLS: usize = 3;
/// Requests that a lane can have under way without others waiting for their turn.
pub(crate) const AT_ONCE: usize = MOST_PER_CALL * MOST_CALLS;
/// A Cluster has many nodes, and a call goes to one.
const MOST_CALLS_TO_CLUSTER: usize = 256;

thread_local! {
    static MINE: RefCell<Vec<(u64, Lane)>> = const { RefCell::new(Vec::new()) };
}

/// This thread's lane. One is made when the thread has a runtime to drive it; else another thread's
/// is taken.
pub(crate) fn mine(shared: &Arc<Shared>) -> Option<Lane> {
    MINE.with_borrow_mut(|lanes| {
        lanes.retain(|(_, lane)| !lane.is_closed());
        if let Some((_, lane)) = lanes.iter().find(|(store, _)| *store == shared.id) {
            return Some(lane.clone());
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return shared.any_lane();
        };
        let (lane, jobs) = mpsc::channel(QUEUE);
        runtime.spawn(drive(Arc::downgrade(shared), jobs));
        shared.add_lane(lane.clone());
        lanes.push((shared.id, lane.clone()));
        Some(lane)
    })
}

/// Ends with whether its connection can be used further.
type Call = Pin<Box<dyn Future<Output = bool> + Send>>;

async fn drive(shared: Weak<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let mut way = Way::None;
    let mut under_way: FuturesUnordered<Call> = FuturesUnordered::new();
    // Stays full while there is no connection to send it over, which it waits for until then.
    let mut batch = Vec::with_capacity(MOST_PER_CALL);
    let mut until = Instant::now();
    // Whether what waits in the queue may wait for the store, and not for this task's turn.
    let mut is_behind = false;
    let most_calls = match shared.upgrade() {
        Some(shared) if shared.target.is_a_cluster() => MOST_CALLS_TO_CLUSTER,
        _ => MOST_CALLS,
    };
    loop {
        let mut problem = None;
        let is_full = under_way.len() >= most_calls;
        is_behind |= is_full;
        tokio::select! {
            biased;
            Some(is_sound) = under_way.next(), if !under_way.is_empty() => {
                if !is_sound {
                    way.close();
                }
            }
            opened = way.opened(), if way.is_opening() => problem = opened.err(),
            () = sleep_until(until), if !batch.is_empty() => {
                problem = shared.upgrade().map(|shared| shared.target.silent(shared.target.timeout));
            }
            count = jobs.recv_many(&mut batch, MOST_PER_CALL), if batch.is_empty() && !is_full => {
                let Some(shared) = shared.upgrade().filter(|_| count > 0) else { return };
                let patience = if is_behind { shared.target.timeout } else { Duration::MAX };
                is_behind &= count == MOST_PER_CALL;
                turn_away(&shared, &mut batch, patience);
                until = Instant::now() + shared.target.timeout;
            }
        }
        if batch.is_empty() {
            continue;
        }
        let Some(shared) = shared.upgrade() else { return };
        if let Some(problem) = problem {
            batch.drain(..).for_each(|job| shared.fail(job, &problem));
        } else if let Some(link) = way.link(&shared) {
            for jobs in shared.calls(&mut batch) {
                under_way.push(Box::pin(call(Arc::clone(&shared), link.clone(), jobs)));
            }
        }
    }
}

/// Leaves to failure policies whom the store would not answer any more, or not in time.
fn turn_away(shared: &Shared, batch: &mut Vec<Job>, patience: Duration) {
    let (is_whole, now) = (shared.is_whole(), shared.options.clock.moment());
    let is_dead = |job: &Job| {
        !is_whole && job.request.lines.first().is_some_and(|line| shared.is_open(line.key))
    };
    let is_late = |job: &Job| job.answer.is_some() && now.since(job.since) >= patience;
    for job in batch.extract_if(.., |job| is_dead(job) || is_late(job)) {
        untold(shared, job);
    }
}

async fn call(shared: Arc<Shared>, mut link: Link, jobs: Vec<Job>) -> bool {
    let timeout = shared.target.timeout;
    let answer = shared.run(&mut link, jobs.iter().map(|job| &*job.request), timeout).await;
    match answer {
        Ok(replies) => {
            for (job, reply) in jobs.into_iter().zip(replies) {
                if let Some(slots) = job.slots {
                    slots.done();
                }
                if let Some(answer) = job.answer {
                    // Who has gone away does not care.
                    let _ = answer.send(Ok(reply));
                }
            }
            true
        }
        Err(problem) => {
            jobs.into_iter().for_each(|job| shared.fail(job, &problem));
            problem.may_be_of_one_key()
        }
    }
}
