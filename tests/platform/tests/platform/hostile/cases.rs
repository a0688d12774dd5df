//! What two servers may read differently: every case of the `wire` crate, sent to the real port.

use std::path::Path;

use super::reading;
use crate::http::Connection;
use crate::program::repository;

/// Raw bytes, `---`, the statuses answered and whether the connection is closed.
struct Case {
    name: String,
    bytes: Vec<u8>,
    statuses: Vec<u16>,
    closes: bool,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a case");
        let (raw, expected) = text.split_once("\n---\n").expect("input, dashes, expected");
        let statuses = expected.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        Self {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            bytes: unescape(raw),
            statuses,
            closes: expected.contains("close"),
        }
    }
}

/// Line breaks of the file are not part of the bytes; escapes are.
fn unescape(raw: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = raw.chars().filter(|c| *c != '\n');
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match rest.next().expect("an escape") {
            'r' => bytes.push(b'\r'),
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            '\\' => bytes.push(b'\\'),
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
            }
            other => panic!("unknown escape `\\{other}`"),
        }
    }
    bytes
}

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
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("cases").flatten().collect();
    paths.sort_by_key(std::fs::DirEntry::path);
    assert!(paths.len() > 150);
    let mut wrong = Vec::new();
    for mut case in paths.iter().map(|path| Case::read(&path.path())) {
        if case.name == "legal_asterisk" {
            // It is no path, so that no route takes it.
            case.statuses = vec![404];
        }
        if !case.closes {
            // That the connection is still good shows in another answer.
            case.bytes.extend_from_slice(LAST);
            case.statuses.push(200);
        }
        let mut connection = Connection::open(&platform.api);
        connection.try_send(&case.bytes);
        let found = statuses(&connection.rest());
        if found != case.statuses {
            wrong.push(format!("{}: expected {:?}, found {found:?}", case.name, case.statuses));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
