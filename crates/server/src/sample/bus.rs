//! Events of the bus, of rules and of schedules, as triggers write them.

use model::RequestId;
use triggers::{Kind, bus::Entry, scheduled_event};

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const RULE_FLAGS: &[Flag] = &[flag("name", "The rule's name", "sample"), REGION];

pub(super) const CLOUDWATCH: Sample = Sample {
    source: "cloudwatch",
    kind: "scheduled-event",
    about: "What a rule with a schedule sends, under the name of before EventBridge",
    flags: RULE_FLAGS,
    make: rule,
};

pub(super) const RULE: Sample = Sample {
    source: "eventbridge",
    kind: "scheduled-event",
    about: "What a rule with a schedule sends",
    flags: RULE_FLAGS,
    make: rule,
};

pub(super) const SCHEDULE: Sample = Sample {
    source: "eventbridge",
    kind: "scheduler",
    about: "What EventBridge Scheduler sends without an input of its own",
    flags: &[flag("name", "The schedule's name", "sample"), REGION],
    make: schedule,
};

pub(super) const EVENT: Sample = Sample {
    source: "eventbridge",
    kind: "event",
    about: "An event that an application put on the bus",
    flags: &[
        flag("event-source", "Who sent it", "app.orders"),
        flag("detail-type", "What happened", "OrderPlaced"),
        flag("detail", "A JSON object", r#"{"orderId": "7"}"#),
        REGION,
    ],
    make: event,
};

fn rule(given: &Given<'_>) -> Result<String, SampleProblem> {
    let arn = given.account.arn("events", format_args!("rule/{}", given.text("name")));
    let event = scheduled_event(Kind::Rule, &arn, &given.account, given.now);
    Ok(String::from_utf8_lossy(&event).into_owned())
}

fn schedule(given: &Given<'_>) -> Result<String, SampleProblem> {
    let arn =
        given.account.arn("scheduler", format_args!("schedule/default/{}", given.text("name")));
    let event = scheduled_event(Kind::Schedule, &arn, &given.account, given.now);
    Ok(String::from_utf8_lossy(&event).into_owned())
}

fn event(given: &Given<'_>) -> Result<String, SampleProblem> {
    let text = |name| Some(given.text(name).to_owned());
    let entry = Entry {
        source: text("event-source"),
        detail_type: text("detail-type"),
        detail: text("detail"),
        ..Entry::default()
    };
    let id = RequestId::from_random(given.random);
    let event = entry.event(&given.account, &id, given.now);
    let event = event.map_err(|problem| {
        let flag = if problem == triggers::bus::EntryProblem::Reserved {
            "event-source"
        } else {
            "detail"
        };
        given.problem(flag, problem.to_string())
    })?;
    Ok(event.to_string())
}
