//! `POST /analyze`: who is free when, for a list of names in a file.

use serde::Serialize;

use crate::answer::Answer;
use crate::availability::{HourAvailability, availability};
use crate::event::Event;
use crate::multipart::{self, MultipartError};
use crate::refusal::Refusal;
use crate::store::ScheduleStore;
use crate::username::{self, Username, UsernameProblem};
use crate::week::Schedule;

const MAX_FILE_BYTES: usize = 10_240;
const MIN_STUDENTS: usize = 2;
const MAX_STUDENTS: usize = 150;

#[derive(Serialize)]
struct Surveyed {
    total_students: usize,
    results: Vec<HourAvailability>,
}

/// Unknown names are left out as long as two known ones remain.
pub fn answer(store: &mut dyn ScheduleStore, event: &Event) -> Result<Answer, Refusal> {
    let form = Form::read(&event.bytes()?, event.content_type())?;
    let survey = Survey::from_form(form)?;
    let students = known(&survey.usernames, &store.find(&survey.usernames)?)?;
    let host = survey.host.map(|host| find_host(store, host)).transpose()?;
    let results = availability(&students, host);
    Ok(Answer::json(200, &Surveyed { total_students: students.len(), results }))
}

fn known(usernames: &[Username], found: &[Option<Schedule>]) -> Result<Vec<Schedule>, Refusal> {
    let students: Vec<Schedule> = found.iter().copied().flatten().collect();
    if students.len() >= MIN_STUDENTS {
        return Ok(students);
    }
    let unknown: Vec<&Username> = usernames
        .iter()
        .zip(found)
        .filter(|(_, schedule)| schedule.is_none())
        .map(|(name, _)| name)
        .collect();
    let names = username::joined(&unknown);
    let problem = format!(
        "Los siguientes usuarios no se encontraron: {names}. Hay menos de 2 usuarios, por ende no \
         se puede realizar un análisis."
    );
    Err(Refusal::field("usernames", problem))
}

fn find_host(store: &mut dyn ScheduleStore, host: Username) -> Result<Schedule, Refusal> {
    let problem = format!("El usuario {host} no se encontró");
    let found = store.find(&[host])?;
    let schedule = found.into_iter().flatten().next();
    schedule.ok_or_else(|| Refusal::field("username_to_filter", problem))
}

/// The form's fields, decoded but not checked.
#[derive(Debug, Default)]
struct Form {
    file: Option<Vec<String>>,
    extra: Option<Vec<String>>,
    host: Option<String>,
}

impl Form {
    /// The first part of a name counts, and unknown names are ignored.
    fn read(body: &[u8], content_type: &str) -> Result<Self, Refusal> {
        let mut form = Self::default();
        for part in multipart::parts(body, content_type)? {
            let part = part?;
            match part.name.as_str() {
                "usernames_file" if form.file.is_none() => {
                    form.file = Some(names_in_file(part.content)?);
                }
                "extra_usernames" if form.extra.is_none() => {
                    let names = text(part.content)?.split(',').filter(|name| !name.is_empty());
                    form.extra = Some(names.map(str::to_owned).collect());
                }
                "username_to_filter" if form.host.is_none() => {
                    form.host = Some(text(part.content)?.to_owned());
                }
                _ => {}
            }
        }
        Ok(form)
    }
}

fn text(content: &[u8]) -> Result<&str, Refusal> {
    str::from_utf8(content)
        .map_err(|_| Refusal::message("invalid encoding for username to filter field"))
}

/// One name a line, each once, in the order of the file.
fn names_in_file(content: &[u8]) -> Result<Vec<String>, Refusal> {
    if content.len() > MAX_FILE_BYTES {
        return Err(Refusal::message("file size is greater than 10KB"));
    }
    let text = str::from_utf8(content)
        .map_err(|_| Refusal::message("invalid file encoding for usernames file"))?;
    // Windows' editor marks UTF-8 with this character.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut names: Vec<String> = Vec::new();
    for name in text.split(['\n', '\r']).map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

#[derive(Debug, PartialEq, Eq)]
struct Survey {
    usernames: Vec<Username>,
    /// The hours in which the host has class are left out.
    host: Option<Username>,
}

impl Survey {
    fn from_form(form: Form) -> Result<Self, Refusal> {
        let names = [form.file, form.extra].into_iter().flatten().flatten().collect();
        let usernames = usernames(names)?;
        let host = form.host.map(|host| Username::parse(&host)).transpose();
        let host = host.map_err(|_| Refusal::field("non_field_errors", "error desconocido"))?;
        Ok(Self { usernames, host })
    }
}

/// Too many, then the first wrong name, then too few.
fn usernames(names: Vec<String>) -> Result<Vec<Username>, Refusal> {
    let refuse = |problem: &str| Err(Refusal::field("usernames", problem));
    if names.len() > MAX_STUDENTS {
        return refuse("No puedes proporcionar más de 150 usuarios");
    }
    let mut usernames = Vec::with_capacity(names.len());
    for name in names {
        match Username::parse(&name) {
            Ok(username) => usernames.push(username),
            Err(UsernameProblem::TooLong) => {
                return refuse("El nombre de usuario no puede tener más de 30 caracteres");
            }
            Err(UsernameProblem::Empty) => {
                return refuse("El nombre de usuario no puede estar vacío");
            }
            Err(UsernameProblem::NotOnlyLetters) => {
                return refuse(&format!("El usuario {name} solo puede contener letras"));
            }
        }
    }
    if usernames.len() < MIN_STUDENTS {
        return refuse("Al menos debes proporcionar dos usuarios");
    }
    Ok(usernames)
}

impl From<MultipartError> for Refusal {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::NoName => Self::Message(error.to_string()),
            _ => Self::Unreadable(error.to_string()),
        }
    }
}
