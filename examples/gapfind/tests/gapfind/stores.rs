//! Both stores keep the same promises.

use std::path::Path;
use std::sync::Barrier;

use gapfind::store::{Place, ScheduleStore, StoreError};
use gapfind::username::Username;
use gapfind::week::{Schedule, Slot};

use crate::redis_server::RedisServer;

fn username(text: &str) -> Username {
    Username::parse(text).expect("a username")
}

fn busy_at(hour: i64, day: i64) -> Schedule {
    Slot::new(hour, day).into_iter().collect()
}

fn keeps_the_last_schedule_of_each_name(store: &mut dyn ScheduleStore) {
    let names = [username("Ana"), username("nadie"), username("ana"), username("Ana")];
    assert_eq!(store.find(&names).expect("found"), [None; 4]);
    store.keep(&names[0], busy_at(0, 0)).expect("kept");
    store.keep(&names[2], busy_at(1, 1)).expect("kept");
    store.keep(&names[0], busy_at(13, 6)).expect("kept");
    let (ana, other) = (Some(busy_at(13, 6)), Some(busy_at(1, 1)));
    assert_eq!(store.find(&names).expect("found"), [ana, None, other, ana]);
}

fn sqlite(folder: &Path) -> Place {
    Place::Sqlite(folder.join("gapfind.db"))
}

#[test]
fn sqlite_keeps_schedules_between_processes() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = sqlite(folder.path());
    keeps_the_last_schedule_of_each_name(place.open().expect("a store").as_mut());
    let found = place.open().expect("a store").find(&[username("Ana")]).expect("found");
    assert_eq!(found, [Some(busy_at(13, 6))]);
}

#[test]
fn sqlite_is_created_once_by_whoever_comes_first() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("a folder");
        let place = sqlite(folder.path());
        let names: Vec<Username> =
            (b'a'..b'i').map(|letter| username(&char::from(letter).to_string())).collect();
        let start = Barrier::new(names.len());
        std::thread::scope(|scope| {
            for name in &names {
                scope.spawn(|| {
                    start.wait();
                    place.open().expect("a store").keep(name, busy_at(2, 3)).expect("kept");
                });
            }
        });
        let found = place.open().expect("a store").find(&names).expect("found");
        assert_eq!(found, vec![Some(busy_at(2, 3)); names.len()]);
    }
}

#[test]
fn redis_keeps_schedules_where_the_original_did() {
    let server = RedisServer::start();
    keeps_the_last_schedule_of_each_name(
        Place::Redis(server.url()).open().expect("a store").as_mut(),
    );
    let mut connection = connect(&server);
    let kept: String = redis::cmd("HGET")
        .arg("gapfind:usernames")
        .arg("Ana")
        .query(&mut connection)
        .expect("a schedule");
    assert_eq!(kept, busy_at(13, 6).to_string());
}

#[test]
fn redis_connections_that_were_closed_are_replaced() {
    let server = RedisServer::start();
    let mut store = Place::Redis(server.url()).open().expect("a store");
    store.keep(&username("Ana"), busy_at(0, 0)).expect("kept");
    redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal"])
        .exec(&mut connect(&server))
        .expect("closed the others");
    let found = store.find(&[username("Ana")]).expect("found");
    assert_eq!(found, [Some(busy_at(0, 0))]);
}

#[test]
fn a_redis_that_is_gone_or_damaged_is_an_error() {
    let server = RedisServer::start();
    let place = Place::Redis(server.url());
    redis::cmd("HSET")
        .arg(&["gapfind:usernames", "Ana", "0101"])
        .exec(&mut connect(&server))
        .expect("kept");
    let mut store = place.open().expect("a store");
    let damaged = store.find(&[username("Ana")]).expect_err("damaged");
    assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged:?}");
    drop(server);
    let gone = store.find(&[username("Ana")]).expect_err("gone");
    assert!(matches!(gone, StoreError::Redis(_)), "{gone:?}");
    assert_eq!(gone.to_string(), "redis no está disponible");
}

fn connect(server: &RedisServer) -> redis::Connection {
    redis::Client::open(server.url()).expect("a URL").get_connection().expect("a connection")
}
