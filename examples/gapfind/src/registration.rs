//! `POST /manual`: keeps the schedule that somebody entered by hand.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::event::Event;
use crate::lax;
use crate::refusal::Refusal;
use crate::store::ScheduleStore;
use crate::username::{Username, UsernameProblem};
use crate::week::{HOURS_PER_WEEK, Schedule, Slot};

#[derive(Serialize)]
struct Registered<'a> {
    username: &'a str,
    schedule: String,
}

/// Registering again replaces the schedule.
pub fn answer(store: &mut dyn ScheduleStore, event: &Event) -> Result<Answer, Refusal> {
    let request = Registration::parse(event.text()?)?;
    store.keep(&request.username, request.schedule)?;
    let username = request.username.as_str();
    Ok(Answer::json(201, &Registered { username, schedule: request.schedule.to_string() }))
}

#[derive(Debug, PartialEq, Eq)]
pub struct Registration {
    username: Username,
    schedule: Schedule,
}

impl Registration {
    /// Reports the first problem in the order of the fields.
    fn parse(body: &str) -> Result<Self, Refusal> {
        let fields = object(body, "ManualRegisterInput")?;
        Ok(Self {
            username: username(fields.get("username"))?,
            schedule: schedule(fields.get("list_of_indices"))?,
        })
    }
}

/// The JSON object in `body`; `model` is the name that the original's validator gives it.
pub(crate) fn object(body: &str, model: &str) -> Result<Map<String, Value>, Refusal> {
    let problem = match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => return Ok(fields),
        Ok(_) => "Input should be an object".to_owned(),
        Err(error) => format!("Invalid JSON: {error}"),
    };
    Err(Refusal::field(
        "non_field_errors",
        format!("error desconocido: 1 validation error for {model}\n  {problem}"),
    ))
}

fn username(value: Option<&Value>) -> Result<Username, Refusal> {
    let parsed = value.and_then(Value::as_str).map(Username::parse);
    let problem = match parsed {
        Some(Ok(username)) => return Ok(username),
        Some(Err(UsernameProblem::TooLong)) => {
            "El nombre de usuario no puede tener más de 30 caracteres"
        }
        Some(Err(UsernameProblem::Empty)) => "El nombre de usuario no puede estar vacío",
        Some(Err(UsernameProblem::NotOnlyLetters)) => {
            "El nombre de usuario solo puede contener letras"
        }
        None => "error desconocido",
    };
    Err(Refusal::field("username", problem))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScheduleProblem {
    Empty,
    TooLong,
    Unknown,
}

fn schedule(value: Option<&Value>) -> Result<Schedule, Refusal> {
    slots(value).map_err(|problem| {
        let text = match problem {
            ScheduleProblem::Empty => "El horario no puede estar vacío",
            ScheduleProblem::TooLong => "Es imposible tener más de 98 horas de clases a la semana",
            ScheduleProblem::Unknown => "error desconocido",
        };
        Refusal::field("list_of_indices", text)
    })
}

fn slots(value: Option<&Value>) -> Result<Schedule, ScheduleProblem> {
    let Some(Value::Array(pairs)) = value else {
        return Err(ScheduleProblem::Unknown);
    };
    if pairs.len() > HOURS_PER_WEEK {
        return Err(ScheduleProblem::TooLong);
    }
    if pairs.is_empty() {
        return Err(ScheduleProblem::Empty);
    }
    pairs.iter().map(slot).collect()
}

/// `[hour, day]`. To the original's validator a longer pair is a list that is too long.
fn slot(pair: &Value) -> Result<Slot, ScheduleProblem> {
    let unknown = ScheduleProblem::Unknown;
    match pair.as_array().map(Vec::as_slice) {
        Some([_, _, _, ..]) => Err(ScheduleProblem::TooLong),
        Some([hour, day]) => {
            let hour = lax::integer(hour).ok_or(unknown)?;
            let day = lax::integer(day).ok_or(unknown)?;
            Slot::new(hour, day).ok_or(unknown)
        }
        _ => Err(unknown),
    }
}
