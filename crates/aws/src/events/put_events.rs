//! `PutEvents`: sends events to the default bus.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

use model::{Account, Timestamp};
use serde::{Deserialize, Serialize};
use triggers::bus::{Entry, EntryProblem, MOST_BYTES, MOST_ENTRIES};

use super::{errors, rule};
use crate::action::Action;
use crate::call::Call;
use crate::constraint::{self, Broken};
use crate::error::AwsError;

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
const LONGEST_RESOURCE: usize = 2048;

pub(super) struct PutEvents;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    entries: Vec<Given>,
    endpoint_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    time: Option<f64>,
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    failed_entry_count: usize,
    entries: Vec<Told>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    #[serde(rename_all = "PascalCase")]
    Taken { event_id: String },
    #[serde(rename_all = "PascalCase")]
    Refused { error_code: &'static str, error_message: String },
}

impl Action for PutEvents {
    const NAME: &'static str = "PutEvents";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        check(&input)?;
        let entries: Vec<Entry> =
            input.entries.into_iter().map(|given| given.entry(&call.backing.account)).collect();
        if entries.iter().map(Entry::size).sum::<usize>() > MOST_BYTES {
            let message = "Total size of the entries in the request is over the limit.";
            return Err(errors::invalid(message));
        }
        let answers = call.backing.triggers.put_events(entries).await;
        let answers = answers.map_err(|error| errors::store(&error))?;
        let entries: Vec<Told> = answers.into_iter().map(told).collect();
        let is_refused = |told: &&Told| matches!(told, Told::Refused { .. });
        let failed_entry_count = entries.iter().filter(is_refused).count();
        Ok(Output { failed_entry_count, entries })
    }
}

fn check(input: &Input) -> Result<(), AwsError> {
    if input.endpoint_id.is_some() {
        return Err(errors::invalid("Parameter EndpointId is not supported by this server."));
    }
    let bound = match input.entries.len() {
        0 => "greater than or equal to 1".to_owned(),
        1..=MOST_ENTRIES => return check_resources(&input.entries),
        _ => format!("less than or equal to {MOST_ENTRIES}"),
    };
    let shown = format!("[{} entries]", input.entries.len());
    Err(constraint::broken(shown, "entries", format_args!("have length {bound}")))
}

fn check_resources(entries: &[Given]) -> Result<(), AwsError> {
    let mut broken = Broken::default();
    for (entry, given) in entries.iter().enumerate() {
        for (at, resource) in given.resources.iter().enumerate() {
            let member = format!("entries.{}.member.resources.{}.member", entry + 1, at + 1);
            broken.at_most(resource, &member, LONGEST_RESOURCE);
        }
    }
    broken.refuse()
}

impl Given {
    fn entry(self, account: &Account) -> Entry {
        let millis =
            |seconds: f64| std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Entry {
            source: self.source,
            detail_type: self.detail_type,
            detail: self.detail,
            resources: self.resources,
            time: self.time.map(|seconds| Timestamp(0).plus(millis(seconds))),
            // AWS takes what goes to a bus that it has not, and says nothing.
            unknown_bus: self
                .event_bus_name
                .filter(|bus| rule::check_bus(Some(bus), account).is_err()),
        }
    }
}

fn told(answer: Result<String, EntryProblem>) -> Told {
    match answer {
        Ok(event_id) => Told::Taken { event_id },
        Err(problem) => Told::Refused {
            error_code: match problem {
                EntryProblem::Missing(_) | EntryProblem::TooLong { .. } => "InvalidArgument",
                EntryProblem::MalformedDetail => "MalformedDetail",
                EntryProblem::Reserved => "NotAuthorizedForSourceException",
            },
            error_message: problem.to_string(),
        },
    }
}
