//! Lets connections in.

mod shedding;

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::panic;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;
use model::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::connection::door::Door;
use crate::connection::pulse::Stage;
use crate::connection::registration::{Open, Registration};
use crate::connection::serve::{Ended, UntilCut, run};
use crate::connection::sweep::Roster;
use crate::drain::Phase;
use crate::{Admission, Answer, ConnectionLimits, Counters, Drain, Peer, Scheme, Tls};
use shedding::Shedding;

/// Everything one listening socket is served with.
#[derive(Debug)]
pub struct Acceptor {
    /// Non-blocking, as [`bind`](crate::bind) makes it.
    pub listener: std::net::TcpListener,
    pub limits: ConnectionLimits,
    /// `None` serves cleartext.
    pub tls: Option<Arc<Tls>>,
    /// Shared by the acceptors whose clients are counted together.
    pub admission: Arc<Admission>,
    /// Written by this acceptor alone.
    pub counters: Arc<Counters>,
    pub clock: Arc<dyn Clock>,
    pub drain: Drain,
}

/// What the connections of an acceptor share.
struct Floor<A> {
    answer: Rc<A>,
    limits: Rc<ConnectionLimits>,
    tls: Option<Arc<Tls>>,
    admission: Arc<Admission>,
    counters: Arc<Counters>,
    roster: Rc<Roster>,
    open: Arc<Open>,
    numbers: Cell<u64>,
}

impl Acceptor {
    /// Serves until a drain is complete. Runs inside a [`LocalSet`](tokio::task::LocalSet).
    ///
    /// # Errors
    /// When the listener cannot be registered with the runtime; nothing that happens to a
    /// connection is an error here.
    pub async fn serve<A: Answer>(self, answer: Rc<A>) -> io::Result<()> {
        // What a `LocalSet` blocks on is polled at its every turn, a task only when it is woken.
        let mut task = JoinSet::new();
        task.spawn_local(self.let_in(answer));
        match task.join_next().await {
            Some(Ok(served)) => served,
            Some(Err(ended)) if ended.is_panic() => panic::resume_unwind(ended.into_panic()),
            Some(Err(_)) | None => Ok(()),
        }
    }

    async fn let_in<A: Answer>(self, answer: Rc<A>) -> io::Result<()> {
        let mut drain = self.drain;
        let mut listener = Some(TcpListener::from_std(self.listener)?);
        let floor = Floor {
            answer,
            limits: Rc::new(self.limits),
            tls: self.tls,
            admission: self.admission,
            counters: self.counters,
            roster: Rc::new(Roster::new(self.clock)),
            open: Arc::default(),
            numbers: Cell::new(0),
        };
        let mut ticks = tokio::time::interval(floor.limits.sweep);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shedding = Shedding::default();
        let mut phase = Phase::Serving;
        loop {
            tokio::select! {
                biased;
                next = drain.leaves(phase), if phase < Phase::Cutting => {
                    phase = next;
                    if let Some(listener) = listener.take() {
                        floor.empty_queue(&listener);
                    }
                    floor.roster.set_phase(phase, &drain);
                }
                _ = ticks.tick() => floor.roster.sweep(&floor.limits, &floor.counters),
                accepted = accept(listener.as_ref(), &mut shedding, &floor.counters) => {
                    let (stream, address) = accepted;
                    floor.welcome(stream, address);
                }
                () = floor.open.emptied(), if phase >= Phase::Draining => return Ok(()),
            }
        }
    }
}

async fn accept(
    listener: Option<&TcpListener>,
    shedding: &mut Shedding,
    counters: &Counters,
) -> (TcpStream, SocketAddr) {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        shedding.pause().await;
        match listener.accept().await {
            Ok(accepted) => {
                shedding.recover();
                return accepted;
            }
            Err(problem) => shedding.shed(listener, &problem, counters),
        }
    }
}

impl<A: Answer> Floor<A> {
    /// Connections that the kernel has completed are served although the listener closes now;
    /// closing it would reset them.
    fn empty_queue(&self, listener: &TcpListener) {
        while let Some(Ok((stream, address))) = listener.accept().now_or_never() {
            self.welcome(stream, address);
        }
    }

    fn welcome(&self, stream: TcpStream, address: SocketAddr) {
        let permit = match self.admission.admit(address.ip()) {
            Ok(permit) => permit,
            Err(reason) => return self.counters.turned_away(reason).add_one(),
        };
        let Ok(local) = stream.local_addr() else {
            return;
        };
        let (stage, scheme) = match self.tls {
            Some(_) => (Stage::Handshake, Scheme::Https),
            None => (Stage::Opening, Scheme::Http),
        };
        let pulse = self.roster.enlist(stage);
        let registration = Registration::new(
            Arc::clone(&pulse),
            Arc::clone(&self.open),
            Arc::clone(&self.counters),
            permit,
        );
        self.numbers.set(self.numbers.get() + 1);
        let door = Door {
            answer: Rc::clone(&self.answer),
            peer: Rc::new(Peer::new(address, local, scheme, self.numbers.get())),
            pulse: Arc::clone(&pulse),
            roster: Rc::clone(&self.roster),
            limits: Rc::clone(&self.limits),
            counters: Arc::clone(&self.counters),
        };
        let connection = run(stream, self.tls.clone(), Rc::new(door), registration);
        let counters = Arc::clone(&self.counters);
        tokio::task::spawn_local(async move {
            match UntilCut::new(connection, pulse).await {
                Some(Err(Ended::Tls(problem))) => {
                    counters.tls_failed.add_one();
                    tracing::debug!(%address, %problem, "tls handshake failed");
                }
                Some(Err(problem)) => tracing::debug!(%address, %problem, "connection ended"),
                Some(Ok(())) | None => {}
            }
        });
    }
}
