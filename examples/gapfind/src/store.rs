//! Keeps everybody's schedule: in Redis when `REDIS_URL` is set, else in a SQLite file.

use std::path::PathBuf;

use crate::username::Username;
use crate::week::{NotASchedule, Schedule};

pub mod redis;
pub mod sqlite;

/// Execution environments run side by side, so whatever is behind this is shared by processes.
/// Calls block: an execution environment serves one invocation at a time.
pub trait ScheduleStore: Send {
    /// Replaces what was kept under this name.
    fn keep(&mut self, username: &Username, schedule: Schedule) -> Result<(), StoreError>;

    /// One entry for each name, in their order; `None` for names that nothing is kept under.
    fn find(&mut self, usernames: &[Username]) -> Result<Vec<Option<Schedule>>, StoreError>;
}

/// Its text reaches the client: the cause is for the log only.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("la base de datos no está disponible")]
    Sqlite(#[from] rusqlite::Error),
    #[error("la base de datos no está disponible")]
    Folder(#[from] std::io::Error),
    #[error("redis no está disponible")]
    Redis(#[from] ::redis::RedisError),
    #[error("el horario de {username} está dañado")]
    Damaged { username: Username, source: NotASchedule },
}

/// Where schedules are kept, as the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Redis(String),
    Sqlite(PathBuf),
}

impl Place {
    /// `REDIS_URL`, else the file `GAPFIND_DATABASE`, else `gapfind.db` in the stack's data folder.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        if let Some(url) = given("REDIS_URL") {
            return Some(Self::Redis(url));
        }
        let file = given("GAPFIND_DATABASE").map(PathBuf::from);
        file.or_else(|| {
            given("TIDEGATE_DATA").map(|folder| PathBuf::from(folder).join("gapfind.db"))
        })
        .map(Self::Sqlite)
    }

    pub fn open(&self) -> Result<Box<dyn ScheduleStore>, StoreError> {
        Ok(match self {
            Self::Redis(url) => Box::new(redis::RedisStore::new(url)?),
            Self::Sqlite(file) => Box::new(sqlite::SqliteStore::open(file)?),
        })
    }
}

fn parse(username: &Username, text: &str) -> Result<Schedule, StoreError> {
    text.parse().map_err(|source| StoreError::Damaged { username: username.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<Place>) {
        let found = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        };
        assert_eq!(Place::from_environment(found), expected);
    }

    #[test]
    fn the_environment_says_where_schedules_are_kept() {
        let redis = ("REDIS_URL", "redis://localhost");
        let file = ("GAPFIND_DATABASE", "/srv/gaps.db");
        let folder = ("TIDEGATE_DATA", "/data");
        check(&[folder, file, redis], Some(Place::Redis("redis://localhost".into())));
        check(&[folder, file, ("REDIS_URL", "")], Some(Place::Sqlite("/srv/gaps.db".into())));
        check(&[folder], Some(Place::Sqlite("/data/gapfind.db".into())));
        check(&[], None);
    }
}
