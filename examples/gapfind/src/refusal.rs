//! Why a request is not answered as asked, in the words its user reads.

use serde_json::{Value, json};

use crate::store::StoreError;

#[derive(Debug)]
pub enum Refusal {
    /// A field of the request is wrong.
    Field { name: &'static str, problem: String },
    /// The request is wrong as a whole.
    Message(String),
    /// The request could not be taken apart. The original takes the blame with a 500, and its
    /// clients know these answers.
    Unreadable(String),
    /// Schedules could not be kept or found.
    Store(StoreError),
}

impl Refusal {
    pub fn field(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Field { name, problem: problem.into() }
    }

    pub fn message(problem: impl Into<String>) -> Self {
        Self::Message(problem.into())
    }

    pub fn status(&self) -> u16 {
        match self {
            Self::Field { .. } | Self::Message(_) => 400,
            Self::Unreadable(_) | Self::Store(_) => 500,
        }
    }

    pub fn body(&self) -> Value {
        match self {
            Self::Field { name, problem } => json!({ *name: [problem] }),
            Self::Message(problem) => json!({ "msg": problem }),
            Self::Unreadable(problem) => {
                json!({ "msg": format!("internal server error: {problem}") })
            }
            Self::Store(error) => json!({ "msg": format!("un error ocurrió: {error}") }),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
