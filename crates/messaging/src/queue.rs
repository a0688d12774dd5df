//! One action on a queue in each file, and the decisions they make.

pub mod digest;
pub mod receipt_handle;

mod arrivals;
mod attempts;
mod change_visibility;
mod check;
mod counts;
mod deduplicate;
mod delete;
mod error;
mod extras;
mod install;
mod move_task;
mod open;
mod peek;
mod purge;
mod receive;
mod redrive;
mod send;
mod tidy;

pub use change_visibility::Change;
pub use counts::Counts;
pub use error::QueueError;
pub use move_task::{MoveState, MoveTask};
pub use receive::{Receive, Received};
pub use send::{Outgoing, Sent};

pub(crate) use move_task::Moves;
pub(crate) use open::Open;

/// What each of many requests is told: why it was none, or what became of it. The store has answered
/// those that were some, in their order.
fn answered<R, A, T>(
    requests: Vec<Result<R, QueueError>>,
    answers: Vec<A>,
    tell: impl Fn(R, A) -> Result<T, QueueError>,
) -> Vec<Result<T, QueueError>> {
    let mut answers = answers.into_iter();
    let told = requests.into_iter().map(|request| {
        let request = request?;
        tell(request, answers.next().ok_or(store::StoreError::Closed)?)
    });
    told.collect()
}

/// As AWS writes them: so long that they compare as text.
fn sequence_number(number: store::Number) -> String {
    const FIRST: u128 = 18_849_496_460_467_696_128;
    (FIRST + u128::from(number) * 256).to_string()
}
