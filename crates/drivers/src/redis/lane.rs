//! The way from one thread to the store: requests that come while others are on their way travel
//! together, in one call. Nothing waits for company; a lane with nothing under way sends at once.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::link::Link;
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::shared::Shared;
use super::slots::UnderWay;

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
}

pub(crate) type Lane = mpsc::Sender<Job>;

/// Requests that wait for a lane; more are answered by their failure policies.
const QUEUE: usize = 16_384;
/// Requests in one call: the store serves nobody else meanwhile.
const MOST_PER_CALL: usize = 64;
/// Calls under way before requests gather: one at the store, one on the wire each way.
const MOST_CALLS: usize = 3;
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

/// A lane's connection, or the making of it.
enum Way {
    None,
    Opening(JoinHandle<Result<Link, Problem>>),
    /// With how many outages there had been when it was opened.
    Open(Link, u64),
}

async fn drive(shared: Weak<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let mut way = Way::None;
    let mut under_way: FuturesUnordered<Call> = FuturesUnordered::new();
    let mut batch = Vec::with_capacity(MOST_PER_CALL);
    let most_calls = match shared.upgrade() {
        Some(shared) if shared.target.is_a_cluster() => MOST_CALLS_TO_CLUSTER,
        _ => MOST_CALLS,
    };
    loop {
        tokio::select! {
            biased;
            Some(is_sound) = under_way.next(), if !under_way.is_empty() => {
                if !is_sound {
                    way = Way::None;
                }
            }
            count = jobs.recv_many(&mut batch, MOST_PER_CALL), if under_way.len() < most_calls => {
                let Some(shared) = shared.upgrade().filter(|_| count > 0) else { return };
                match link(&shared, &mut way).await {
                    Ok(link) => {
                        for jobs in shared.calls(&mut batch) {
                            under_way.push(Box::pin(call(Arc::clone(&shared), link.clone(), jobs)));
                        }
                    }
                    Err(problem) => {
                        batch.drain(..).for_each(|job| shared.fail(job, &problem));
                    }
                }
            }
        }
    }
}

/// Making a connection goes on while requests take the common one, or give up waiting.
async fn link(shared: &Arc<Shared>, way: &mut Way) -> Result<Link, Problem> {
    // A connection that outlived an outage of another lane's may lead nowhere.
    let outages = shared.counters.outages.load(Ordering::Relaxed);
    let is_old = matches!(way, Way::Open(_, opened_at) if *opened_at != outages);
    if is_old || matches!(way, Way::None) {
        let store = Arc::clone(shared);
        *way = Way::Opening(tokio::spawn(async move { store.target.open().await }));
    }
    if let Way::Opening(opening) = way {
        if let Some(common) = shared.common_link().filter(|_| !opening.is_finished()) {
            return Ok(common);
        }
        let opened = tokio::time::timeout(shared.target.timeout, pin!(opening)).await;
        let silent = || shared.target.silent(shared.target.timeout);
        // What is not opened yet is waited for by who comes next.
        let opened = opened.map_err(|_| silent())?.unwrap_or_else(|_| Err(silent()));
        *way = opened.as_ref().map_or(Way::None, |link| Way::Open(link.clone(), outages));
        return opened;
    }
    match way {
        Way::Open(link, _) => Ok(link.clone()),
        _ => Err(shared.target.silent(shared.target.timeout)),
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
