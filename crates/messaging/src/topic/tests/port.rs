//! A port that notes what is delivered, and fails as often as it is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::deliver::DeliverFuture;
use model::{Deliver, DeliverError, Delivered, Delivery, MessageOptions, Target};
use tokio::sync::Notify;

#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) text: String,
    pub(super) options: MessageOptions,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Failure {
    Unavailable,
    NotFound,
}

#[derive(Default)]
pub(super) struct Port {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    taken: HashMap<String, Vec<Taken>>,
    failures: HashMap<String, (usize, Failure)>,
}

impl Port {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fail(&self, target: &str, times: usize, failure: Failure) {
        self.state().failures.insert(target.to_owned(), (times, failure));
    }

    pub(super) fn of(&self, target: &str) -> Vec<Taken> {
        self.state().taken.get(target).cloned().unwrap_or_default()
    }

    pub(super) async fn wait_for(&self, target: &str, count: usize) -> Vec<Taken> {
        loop {
            let rung = self.bell.notified();
            let taken = self.of(target);
            if taken.len() >= count {
                return taken;
            }
            rung.await;
        }
    }
}

impl Deliver for Port {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_> {
        let (target, options) = match delivery.target {
            Target::Queue { name, options } => (format!("queue {name}"), options),
            Target::Function { name, qualifier } => {
                let qualifier = qualifier.unwrap_or_default();
                (format!("function {name}:{qualifier}"), MessageOptions::default())
            }
            Target::Topic { name, options } => (format!("topic {name}"), options),
            Target::EventBus { .. } => ("event bus".to_owned(), MessageOptions::default()),
        };
        let mut state = self.state();
        if let Some((times, failure)) = state.failures.get_mut(&target)
            && *times > 0
        {
            *times -= 1;
            let error = match failure {
                Failure::Unavailable => DeliverError::Unavailable("busy".to_owned()),
                Failure::NotFound => DeliverError::NotFound(target),
            };
            return Box::pin(std::future::ready(Err(error)));
        }
        let text = String::from_utf8(delivery.payload.to_vec()).expect("text");
        state.taken.entry(target).or_default().push(Taken { text, options });
        drop(state);
        self.bell.notify_waiters();
        Box::pin(std::future::ready(Ok(Delivered { id: "id".to_owned() })))
    }
}
