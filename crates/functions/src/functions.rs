//! The functions of a stack and what can be done with all of them.

use std::sync::Arc;
use std::time::Duration;

use model::invoke::InvokeFuture;
use model::{Function, Invocation, Invoke, InvokeRefusal};

use crate::{Prepared, Problem, Progress, Settings};

/// Runs the functions of a stack. One per server; cheap to share.
#[derive(Debug)]
pub struct Functions {
    #[expect(dead_code, reason = "read once versions exist")]
    settings: Settings,
}

/// What became of an installation.
#[derive(Debug, Default)]
pub struct Installation {
    /// Functions whose new version failed to start; the old one, if any, still serves.
    pub failed: Vec<Problem>,
}

impl Functions {
    /// Call it inside the control runtime: process supervision and logs stay there.
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self { settings })
    }

    /// Builds, stages and checks functions; running versions are not touched.
    pub async fn prepare(
        &self,
        functions: &[Function],
        _progress: &dyn Progress,
    ) -> Result<Prepared, Vec<Problem>> {
        let functions = functions.iter().cloned().map(Arc::new).collect();
        Ok(Prepared {
            functions,
            notes: Vec::new(),
        })
    }

    /// Makes `prepared` the functions that exist. A changed function's new version starts one
    /// environment while the old version serves; what is no longer named is retired.
    pub async fn install(&self, prepared: Prepared) -> Installation {
        drop(prepared.functions);
        Installation::default()
    }

    /// Refuses new invocations, lets those that run finish for up to `grace`, stops everything.
    pub async fn drain(&self, _grace: Duration) {}

    /// Prometheus text, one sample a line.
    pub fn metrics(&self) -> String {
        String::new()
    }
}

impl Invoke for Functions {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        Box::pin(async move { Err(InvokeRefusal::NotFound(invocation.function)) })
    }
}
