//! A question to the running server, and its answer printed: what all actions of a command take.

use http::Method;
use serde_json::Value;

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::{client, locate};

/// Which server is asked, and how its answer is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Exchange {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(flatten)]
    pub(crate) output: Output,
}

impl Exchange {
    /// Asks the server and prints its answer, for programs or as `told` tells it to people.
    pub(crate) fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        told: impl FnOnce(&Value) -> String,
    ) -> Result<Exit, Failure> {
        let server = locate::server(&self.server)?;
        self.print(&client::ask(server.admin(), method, path, body)?, told)
    }

    pub(crate) fn print(
        &self,
        answer: &Value,
        told: impl FnOnce(&Value) -> String,
    ) -> Result<Exit, Failure> {
        self.output.tell(answer, || told(answer))
    }
}
