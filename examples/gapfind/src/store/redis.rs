//! Schedules in a Redis hash, laid out as the original's: field = username, value = schedule.

use std::time::Duration;

use redis::{Client, Commands, Connection, RedisError, RedisResult};

use super::{ScheduleStore, StoreError, parse};
use crate::username::Username;
use crate::week::Schedule;

const HASH: &str = "gapfind:usernames";
/// Two attempts fit well inside the functions' time limit.
const TIMEOUT: Duration = Duration::from_secs(5);

pub struct RedisStore {
    client: Client,
    /// Kept while the execution environment is warm.
    connection: Option<Connection>,
}

impl RedisStore {
    /// Connects on first use, so that a Redis that starts later is found.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self { client: Client::open(url)?, connection: None })
    }

    /// Runs `command` again on a new connection if the kept one turns out to be closed, as an idle
    /// one may be. Running any command twice leaves the hash the same.
    fn run<T>(
        &mut self,
        command: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        if let Some(mut connection) = self.connection.take() {
            match command(&mut connection) {
                Ok(reply) => {
                    self.connection = Some(connection);
                    return Ok(reply);
                }
                Err(error) if is_lost(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut connection = self.connect()?;
        let reply = command(&mut connection)?;
        self.connection = Some(connection);
        Ok(reply)
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(TIMEOUT)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        Ok(connection)
    }
}

fn is_lost(error: &RedisError) -> bool {
    error.is_io_error() || error.is_connection_dropped()
}

impl ScheduleStore for RedisStore {
    fn keep(&mut self, username: &Username, schedule: Schedule) -> Result<(), StoreError> {
        self.run(|connection| connection.hset(HASH, username.as_str(), schedule.to_string()))
    }

    fn find(&mut self, usernames: &[Username]) -> Result<Vec<Option<Schedule>>, StoreError> {
        let fields: Vec<&str> = usernames.iter().map(Username::as_str).collect();
        let texts: Vec<Option<String>> = self.run(|connection| connection.hmget(HASH, &fields))?;
        usernames
            .iter()
            .zip(texts)
            .map(|(username, text)| text.map(|text| parse(username, &text)).transpose())
            .collect()
    }
}
