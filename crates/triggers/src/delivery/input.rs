//! What a target receives instead of the event: a text, a part of the event, or a template.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>

use std::collections::BTreeMap;

use model::TargetInput;
use serde_json::Value;
use store::OutgoingEvent;

use super::json_path;

/// Why a target's input can not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InputProblem {
    #[error("the event is no JSON")]
    Event,
    #[error("the template makes no JSON: {0}")]
    Template(String),
}

pub(crate) fn apply(event: &OutgoingEvent) -> Result<Vec<u8>, InputProblem> {
    match &event.target.input {
        TargetInput::Event => Ok(event.event.to_vec()),
        TargetInput::Text(text) if event.source.service() == "scheduler" => {
            Ok(with_attributes(text, event)?.into_bytes())
        }
        TargetInput::Text(text) => Ok(text.clone().into_bytes()),
        TargetInput::Path(path) => {
            let whole = parse(event)?;
            let part = json_path::find(&whole, path).unwrap_or(&Value::Null);
            Ok(part.to_string().into_bytes())
        }
        TargetInput::Transformer { paths, template } => {
            Ok(transform(event, paths, template)?.into_bytes())
        }
    }
}

fn parse(event: &OutgoingEvent) -> Result<Value, InputProblem> {
    serde_json::from_slice(&event.event).map_err(|_| InputProblem::Event)
}

/// A schedule's input may name facts about its own run.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>
fn with_attributes(text: &str, event: &OutgoingEvent) -> Result<String, InputProblem> {
    const MARK: &str = "<aws.scheduler.";
    if !text.contains(MARK) {
        return Ok(text.to_owned());
    }
    let whole = parse(event)?;
    let part = |name: &str| whole.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut filled = text.to_owned();
    for (name, value) in [
        ("schedule-arn", event.source.to_string()),
        ("scheduled-time", part("time")),
        ("execution-id", part("id")),
        ("attempt-number", (event.attempts + 1).to_string()),
    ] {
        filled = filled.replace(&format!("{MARK}{name}>"), &value);
    }
    Ok(filled)
}

fn transform(
    event: &OutgoingEvent,
    paths: &BTreeMap<String, String>,
    template: &str,
) -> Result<String, InputProblem> {
    let whole = parse(event)?;
    let rule = event.source.resource().strip_prefix("rule/").unwrap_or_default();
    let value = |name: &str| match name {
        "aws.events.rule-arn" => Some(Value::from(event.source.as_str())),
        "aws.events.rule-name" => Some(Value::from(rule)),
        "aws.events.event.ingestion-time" => Some(Value::from(event.born.to_string())),
        "aws.events.event" | "aws.events.event.json" => Some(whole.clone()),
        name => {
            let path = paths.get(name)?;
            Some(json_path::find(&whole, path).cloned().unwrap_or(Value::Null))
        }
    };
    let filled = fill(template, &value);
    // A template without quotes or braces around it is plain text to AWS and an error there.
    match serde_json::from_str::<serde::de::IgnoredAny>(&filled) {
        Ok(_) => Ok(filled),
        Err(error) => Err(InputProblem::Template(error.to_string())),
    }
}

/// What every template may name beside the rule's own paths.
const FACTS: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// Why no event could be made a template's input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateProblem {
    #[error("`<{0}>` is no value of the template's")]
    Placeholder(String),
    #[error("the template makes no JSON: {0}")]
    NoJson(String),
}

/// Fills a template in with values of its own: one that names what there is not, or makes no JSON of
/// any of them, never makes an input.
pub fn check_template(
    paths: &BTreeMap<String, String>,
    template: &str,
) -> Result<(), TemplateProblem> {
    let is_known = |name: &str| FACTS.contains(&name) || paths.contains_key(name);
    if let Some(unknown) = placeholders(template).find(|name| !is_known(name)) {
        return Err(TemplateProblem::Placeholder(unknown.to_owned()));
    }
    let mut problem = None;
    for tried in [Value::from("text"), Value::from(1)] {
        let filled = fill(template, &|name| is_known(name).then(|| tried.clone()));
        match serde_json::from_str::<serde::de::IgnoredAny>(&filled) {
            Ok(_) => return Ok(()),
            Err(error) => problem = Some(TemplateProblem::NoJson(error.to_string())),
        }
    }
    problem.map_or(Ok(()), Err)
}

/// The names between `<` and `>`.
fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    let named = template.split('<').skip(1).filter_map(|behind| behind.split_once('>'));
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    named.map(|(name, _)| name).filter(is_name)
}

/// Puts values in the place of `<name>`: inside of a quoted text their own text, elsewhere JSON.
/// What is no name of a value stays as it is.
fn fill(template: &str, value: &dyn Fn(&str) -> Option<Value>) -> String {
    let mut filled = String::with_capacity(template.len());
    let (mut rest, mut in_text) = (template, false);
    while let Some(at) = rest.find(['<', '"', '\\']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let named = from.strip_prefix('<').and_then(|inside| inside.split_once('>'));
        if let Some((name, behind)) = named
            && let Some(value) = value(name)
        {
            filled.push_str(&if in_text { inside_text(&value) } else { value.to_string() });
            rest = behind;
            continue;
        }
        let length = match from.as_bytes() {
            [b'\\', _, ..] if in_text => 1 + from[1..].chars().next().map_or(0, char::len_utf8),
            [b'"', ..] => {
                in_text = !in_text;
                1
            }
            _ => 1,
        };
        filled.push_str(&from[..length]);
        rest = &from[length..];
    }
    filled + rest
}

/// As it stands between quotes.
fn inside_text(value: &Value) -> String {
    let plain = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let quoted = Value::from(plain).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use model::{Account, EventTarget, Timestamp};

    use super::*;

    const EVENT: &str = r#"{"id":"e-1","time":"2026-11-21T12:00:00Z","detail":{"state":"run\"ning","n":3,"list":[1,2]}}"#;

    fn received(service: &str, input: TargetInput) -> String {
        let account = Account::default();
        let mut target = EventTarget::new("1", account.arn("sqs", "jobs"));
        target.input = input;
        let event = OutgoingEvent {
            id: "e-1/1".to_owned(),
            source: account.arn(service, "rule/watch"),
            target,
            event: EVENT.into(),
            born: Timestamp(0),
            next: Timestamp(0),
            attempts: 1,
        };
        match apply(&event) {
            Ok(bytes) => String::from_utf8(bytes).expect("text"),
            Err(problem) => problem.to_string(),
        }
    }

    fn transformed(template: &str) -> String {
        let paths = [("state", "$.detail.state"), ("n", "$.detail.n"), ("all", "$.detail.list")];
        let paths = paths.into_iter().chain([("gone", "$.detail.gone")]);
        let paths = paths.map(|(name, path)| (name.to_owned(), path.to_owned())).collect();
        received("events", TargetInput::Transformer { paths, template: template.to_owned() })
    }

    #[test]
    fn the_event_a_text_or_a_part() {
        assert_eq!(received("events", TargetInput::Event), EVENT);
        assert_eq!(received("events", TargetInput::Path("$.detail.n".into())), "3");
        assert_eq!(received("events", TargetInput::Path("$.detail.gone".into())), "null");
        let text = "{\"at\":\"<aws.scheduler.scheduled-time>\"}";
        assert_eq!(received("events", TargetInput::Text(text.into())), text, "a rule's is a text");
    }

    #[test]
    fn a_schedules_text_names_its_run() {
        let text = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> \
                    <aws.scheduler.execution-id> <aws.scheduler.attempt-number> <aws.other>";
        assert_eq!(
            received("scheduler", TargetInput::Text(text.into())),
            "arn:aws:scheduler:us-east-1:000000000000:rule/watch 2026-11-21T12:00:00Z e-1 2 <aws.other>"
        );
    }

    #[test]
    fn a_template_that_never_makes_an_input_is_known_before() {
        let paths = [("n".to_owned(), "$.detail.n".to_owned())].into();
        for (template, expected) in [
            (r#"{"n":<n>,"e":<aws.events.event>}"#, ""),
            (r#"{"n":1<n>}"#, ""),
            (r#"{<n>:1}"#, ""),
            (r#""a < b, <n> > 1""#, ""),
            (r#"{"n":<nope>}"#, "`<nope>` is no value of the template's"),
            (r#""it is <aws.events.other>""#, "`<aws.events.other>` is no value of the template's"),
            ("it is <n>", "the template makes no JSON: expected value at line 1 column 1"),
            ("", "the template makes no JSON: EOF while parsing a value at line 1 column 0"),
        ] {
            let problem = check_template(&paths, template).err();
            let seen = problem.map(|problem| problem.to_string()).unwrap_or_default();
            assert_eq!(seen, expected, "{template}");
        }
    }

    #[test]
    fn templates_take_values_in_and_outside_of_texts() {
        for (template, expected) in [
            (r#"{"s":<state>,"n":<n>,"l":<all>}"#, r#"{"s":"run\"ning","n":3,"l":[1,2]}"#),
            (r#""it is <state>, <n> of <all>""#, r#""it is run\"ning, 3 of [1,2]""#),
            (r#"{"s":"<state>"}"#, r#"{"s":"run\"ning"}"#),
            (r#"{"a":"\"<n>\"","b":<gone>,"c":"<gone>"}"#, r#"{"a":"\"3\"","b":null,"c":""}"#),
            (r#""<other> <aws.events.rule-name>""#, r#""<other> watch""#),
            (r#"{"e":<aws.events.event>}"#, &format!(r#"{{"e":{EVENT}}}"#)),
            ("it is <state>", "the template makes no JSON: expected value at line 1 column 1"),
        ] {
            assert_eq!(transformed(template), expected, "{template}");
        }
    }
}
