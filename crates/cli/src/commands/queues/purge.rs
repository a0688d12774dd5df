//! `tidegate queues purge`: deletes all messages, once somebody has said that it is meant.

use std::io::{BufRead, IsTerminal};

use http::Method;

use super::path;
use crate::counted::counted;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// Delete all messages of a queue, in flight or not
///
/// There is no way back. Without --yes, the queue's name has to be typed once more.
#[derive(Debug, clap::Args)]
pub(super) struct Purge {
    /// The queue's name
    queue: String,
    /// That it is meant
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    exchange: Exchange,
}

pub(super) fn run(purge: &Purge) -> Result<Exit, Failure> {
    let server = locate::server(&purge.exchange.server)?;
    let queue = client::get_json(server.admin(), &path(&purge.queue, ""))?;
    if !purge.yes {
        let sum = ["visible", "in_flight", "delayed"].iter().filter_map(|key| queue[key].as_u64());
        confirm(&purge.queue, sum.sum())?;
    }
    let answer = client::ask(server.admin(), Method::POST, &path(&purge.queue, "/purge"), None)?;
    purge.exchange.print(&answer, |answer| {
        let purged = answer["purged"].as_u64().unwrap_or_default();
        let are = if purged == 1 { "is" } else { "are" };
        format!("{} is empty; {} {are} gone\n", purge.queue, counted(purged, "message"))
    })
}

/// Whoever types the name has read it.
fn confirm(queue: &str, messages: u64) -> Result<(), Failure> {
    let messages = counted(messages, "message");
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::usage(format!("{queue} would lose {messages}"))
            .help("say that it is meant: --yes"));
    }
    output::note(format_args!("{queue} loses {messages} for good. Type its name to go on: "));
    let mut typed = String::new();
    input.lock().read_line(&mut typed)?;
    if typed.trim() == queue {
        return Ok(());
    }
    Err(Failure::failed("nothing was purged: that was not its name"))
}
