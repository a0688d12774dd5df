//! What two servers may read differently: every case of the `wire` crate, sent to the real port.

use super::reading;
use crate::http::Connection;
use crate::program::repository;

const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn statuses(answers: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answers);
    let starts = text.match_indices("HTTP/1.").map(|(at, _)| at + "HTTP/1.1 ".len());
    starts.map(|at| text[at..at + 3].parse().expect("a status")).collect()
}

#[test]
fn every_case_gets_its_answer() {
    let platform = reading();
    let folder = repository().join("crates/wire/tests/wire/cases");
    let all = cases::of_folder(folder);
    assert!(all.len() > 150);
    let mut wrong = Vec::new();
    for case in all {
        let (mut bytes, mut expected) = (cases::unescape(&case.input), case.statuses());
        if case.name() == "legal_asterisk" {
            // It is no path, so that no route takes it.
            expected = vec![404];
        }
        if !case.closes() {
            // That the connection is still good shows in another answer.
            bytes.extend_from_slice(LAST);
            expected.push(200);
        }
        let mut connection = Connection::open(&platform.api);
        connection.try_send(&bytes);
        let found = statuses(&connection.rest());
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
