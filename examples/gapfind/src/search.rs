//! `POST /results`: the common gaps of a group, best first.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::event::Event;
use crate::gaps::{self, FreeDays, Gap, Ranking};
use crate::lax;
use crate::refusal::Refusal;
use crate::registration::object;
use crate::store::ScheduleStore;
use crate::username::{self, Username, UsernameProblem};
use crate::week::{DAYS_PER_WEEK, Schedule};

const UNKNOWN: &str = "error desconocido";
const MIN_MEMBERS: usize = 2;
const MAX_MEMBERS: usize = 98;
const MIN_LIMIT: i64 = 2;

#[derive(Serialize)]
struct Found {
    count: usize,
    gaps: Vec<Gap>,
}

pub fn answer(store: &mut dyn ScheduleStore, event: &Event) -> Result<Answer, Refusal> {
    let search = Search::parse(event.text()?)?;
    let schedules = known(&search.usernames, &store.find(&search.usernames)?)?;
    let mut gaps = gaps::common_gaps(&schedules, search.ranking);
    gaps.retain(|gap| !search.excluded_days.contains(&gap.day_index));
    gaps.truncate(search.limit);
    Ok(Answer::json(201, &Found { count: gaps.len(), gaps }))
}

/// Every member's schedule, or who has none.
fn known(usernames: &[Username], found: &[Option<Schedule>]) -> Result<Vec<Schedule>, Refusal> {
    let members = usernames.iter().zip(found);
    let unknown: Vec<&Username> =
        members.filter(|(_, schedule)| schedule.is_none()).map(|(name, _)| name).collect();
    if unknown.is_empty() {
        return Ok(found.iter().copied().flatten().collect());
    }
    let names = username::joined(&unknown);
    let problem = format!("Los siguientes usuarios no se encontraron: {names}");
    Err(Refusal::field("usernames", problem))
}

#[derive(Debug, PartialEq, Eq)]
struct Search {
    usernames: Vec<Username>,
    ranking: Ranking,
    limit: usize,
    excluded_days: Vec<usize>,
}

impl Search {
    fn parse(body: &str) -> Result<Self, Refusal> {
        let fields = object(body, "ResultsInput")?;
        let usernames = usernames(fields.get("usernames"))?;
        Self::options(usernames, &fields).ok_or_else(|| Refusal::field("non_field_errors", UNKNOWN))
    }

    /// `None` if any of the other fields is wrong: their problems have one text.
    fn options(usernames: Vec<Username>, fields: &Map<String, Value>) -> Option<Self> {
        let flag = |name, default| fields.get(name).map_or(Some(default), lax::boolean);
        let by_deviation = flag("compute_sd", false)?;
        let free_days = match (flag("no_classes_day", false)?, flag("ignore_weekend", true)?) {
            (false, _) => FreeDays::Unavailable,
            (true, true) => FreeDays::FreeOnWeekdays,
            (true, false) => FreeDays::Free,
        };
        Some(Self {
            usernames,
            ranking: Ranking { by_deviation, free_days },
            limit: limit(given(fields, "limit"))?,
            excluded_days: excluded_days(given(fields, "days_to_filter"))?,
        })
    }
}

/// `null` stands for a field that is not there.
fn given<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn limit(value: Option<&Value>) -> Option<usize> {
    let Some(value) = value else {
        return Some(usize::MAX);
    };
    let limit = lax::integer(value).filter(|limit| *limit >= MIN_LIMIT)?;
    usize::try_from(limit).ok()
}

fn excluded_days(value: Option<&Value>) -> Option<Vec<usize>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    let days = value.as_array().filter(|days| (1..=DAYS_PER_WEEK).contains(&days.len()))?;
    days.iter()
        .map(|day| usize::try_from(lax::integer(day)?).ok().filter(|day| *day < DAYS_PER_WEEK))
        .collect()
}

/// The first wrong name decides, and only then that there are too few.
fn usernames(value: Option<&Value>) -> Result<Vec<Username>, Refusal> {
    let unknown = || Refusal::field("usernames", UNKNOWN);
    let Some(Value::Array(names)) = value else {
        return Err(unknown());
    };
    if names.len() > MAX_MEMBERS {
        return Err(unknown());
    }
    let parse = |name: &Value| {
        let name = name.as_str().ok_or_else(unknown)?;
        Username::parse(name).map_err(|problem| match problem {
            UsernameProblem::NotOnlyLetters => {
                let problem = format!("El usuario {name} solo puede contener letras");
                Refusal::field("usernames", problem)
            }
            UsernameProblem::TooLong | UsernameProblem::Empty => unknown(),
        })
    };
    let usernames = names.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    if usernames.len() < MIN_MEMBERS { Err(unknown()) } else { Ok(usernames) }
}
