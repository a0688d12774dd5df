//! A store that servers share. Once it has answered, it decides, exactly where a policy says so or that is
//! cheap, else by permits leased ahead. Until then each limit's failure policy does.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use drivers::redis::{Away, Health, Options, Problem, Redis};
use limits::leased::{self, Leased};
use limits::{Answer, Ask, Decision, Entry, InForce, Limits, Look, Reply, Seed, StoreProblem};
use model::{Clock, Now, Timestamp};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Shared {
    clock: Arc<dyn Clock>,
    way: Way,
    work: Mutex<Work>,
}

enum Way {
    Known(Store),
    /// The store did not answer at the start.
    Awaited {
        away: Box<Away>,
        store: OnceLock<Store>,
    },
}

struct Store {
    redis: Arc<Redis>,
    leased: Leased,
}

/// What runs beside the requests.
enum Work {
    Nothing,
    /// Tries until the store answers.
    Waiting(JoinHandle<()>),
    Lending(Lending),
}

/// What carries this server's asks for permits to the store.
struct Lending {
    close: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// How long a server that shuts down takes to hand permits back: those of a store that does not answer
/// are void soon.
const HAND_BACK: Duration = Duration::from_secs(1);

impl Shared {
    pub(super) fn of(redis: Redis, clock: Arc<dyn Clock>) -> Arc<Self> {
        let (store, lending) = lend(redis, &clock);
        let work = Mutex::new(Work::Lending(lending));
        Arc::new(Self { clock, way: Way::Known(store), work })
    }

    /// `problem` is why the store cannot be used yet.
    pub(super) fn awaited(options: Options, problem: Problem) -> Arc<Self> {
        let away = Box::new(Away::new(&options, problem));
        let way = Way::Awaited { away, store: OnceLock::new() };
        let clock = Arc::clone(&options.clock);
        let shared = Arc::new(Self { clock, way, work: Mutex::new(Work::Nothing) });
        let waiting = tokio::spawn(Arc::clone(&shared).wait(options));
        shared.work_at(|work| {
            if matches!(work, Work::Nothing) {
                *work = Work::Waiting(waiting);
            }
        });
        shared
    }

    async fn wait(self: Arc<Self>, options: Options) {
        let Way::Awaited { away, store } = &self.way else { return };
        let redis = away.wait(&options).await;
        let (found, lending) = lend(redis, &self.clock);
        // Nobody else sets it.
        let _ = store.set(found);
        self.work_at(|work| *work = Work::Lending(lending));
    }

    fn store(&self) -> Option<&Store> {
        match &self.way {
            Way::Known(store) => Some(store),
            Way::Awaited { store, .. } => store.get(),
        }
    }

    #[inline]
    fn limits(&self) -> &dyn Limits {
        match &self.way {
            Way::Known(store) => &store.leased,
            Way::Awaited { away, store } => match store.get() {
                Some(store) => &store.leased,
                None => &**away,
            },
        }
    }

    pub(crate) fn health(&self) -> Health {
        match &self.way {
            Way::Known(store) => store.redis.health(),
            Way::Awaited { away, store } => {
                store.get().map_or_else(|| away.health(), |store| store.redis.health())
            }
        }
    }

    /// Permits that this server holds ahead of their use.
    pub(crate) fn leased(&self) -> u64 {
        let leases = self.store().map(|store| store.leased.leases(self.clock.moment()));
        leases.into_iter().flatten().map(|lease| u64::from(lease.outstanding)).sum()
    }

    /// Hands back what was leased and not used.
    pub(super) async fn close(&self) {
        let work = self.work_at(|work| std::mem::replace(work, Work::Nothing));
        match work {
            Work::Nothing => {}
            Work::Waiting(waiting) => waiting.abort(),
            Work::Lending(Lending { close, ended }) => {
                // It has ended by itself if nobody listens.
                let _ = close.send(());
                let _ = tokio::time::timeout(HAND_BACK, ended).await;
            }
        }
    }

    fn work_at<T>(&self, change: impl FnOnce(&mut Work) -> T) -> T {
        let mut work: MutexGuard<'_, Work> =
            self.work.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut work)
    }
}

fn lend(redis: Redis, clock: &Arc<dyn Clock>) -> (Store, Lending) {
    let redis = Arc::new(redis);
    let leased = Leased::new(Arc::clone(&redis) as Arc<dyn Limits>, Arc::clone(clock));
    let (close, closed) = oneshot::channel();
    let lend = leased::lend(
        leased.clone(),
        Arc::clone(&redis) as Arc<dyn leased::Ledger>,
        Arc::clone(clock),
        tokio::time::sleep,
        async {
            // A sender that is gone says the same as one that speaks.
            let _ = closed.await;
        },
    );
    (Store { redis, leased }, Lending { close, ended: tokio::spawn(lend) })
}

/// A request that is decided while the store is found counts under a key that only this server knows:
/// one for each worker at most.
impl Limits for Shared {
    fn seed(&self) -> &Seed {
        self.limits().seed()
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        self.limits().decide(asks, now)
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        self.limits().peek(asks, now)
    }

    fn last_known(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.limits().last_known(asks, now)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        self.limits().refund(asks, taken, now);
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        self.limits().settle(ask, extra, taken, now);
    }

    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.limits().pause(ask, until, now)
    }

    fn resume(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.limits().resume(ask, now)
    }

    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.limits().carry_pauses(in_force, now)
    }

    fn reset(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.limits().reset(ask, now)
    }

    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.limits().lower(ask, used, now)
    }

    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        self.limits().inspect(look, now)
    }
}
