//! `tidegate keys create`.

use http::Method;
use serde_json::json;

use super::{Given, table};
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};

/// Make a key, and print its value
///
/// With --output json the value is the member `value`; it is null for one you gave yourself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate keys create partner --plan basic
  tidegate keys create ci --plan basic --expires 2027-01-31
  VALUE=$(tidegate keys create ci --plan basic --output json | jq -r .value)")]
pub(super) struct Create {
    /// The key's name, which need not be secret
    name: String,
    /// A usage plan it belongs to; may be repeated
    #[arg(long = "plan", value_name = "PLAN", required = true)]
    plans: Vec<String>,
    /// The day, by UTC, from which on it is refused: 2027-01-31
    #[arg(long, value_name = "DAY")]
    expires: Option<String>,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    exchange: Exchange,
}

pub(super) fn run(command: &Create) -> Result<Exit, Failure> {
    let body = json!({
        "name": command.name,
        "plans": command.plans,
        "expires": command.expires,
        "value": command.given.read()?,
    });
    command.exchange.ask(Method::POST, "/keys", Some(&body), table::value)
}
