//! `cases/*.case`: raw bytes, `---`, the statuses answered and whether the connection is closed.

use crate::server::{Server, run, statuses};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    statuses: Vec<u16>,
    closes: bool,
}

pub(crate) fn all() -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/cases");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &std::path::Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let (raw, expected) = text.split_once("\n---\n").expect("input, dashes, expected");
        let statuses = expected.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
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

const LAST: &[u8] = b"GET /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn every_case_gets_its_answer() {
    run(async {
        let server = Server::start();
        let mut wrong = Vec::new();
        let cases = all();
        for case in &cases {
            let mut bytes = case.bytes.clone();
            let mut expected = case.statuses.clone();
            if !case.closes {
                // That the connection is still good shows in another answer.
                bytes.extend_from_slice(LAST);
                expected.push(200);
            }
            let found = statuses(&server.exchange(&bytes).await);
            if found != expected {
                wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.name));
            }
        }
        assert!(cases.len() > 150);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_case_gets_its_answer_byte_by_byte() {
    run(async {
        let server = Server::start();
        let mut wrong = Vec::new();
        for case in all().iter().filter(|case| case.bytes.len() < 400) {
            let mut bytes = case.bytes.clone();
            let mut expected = case.statuses.clone();
            if !case.closes {
                bytes.extend_from_slice(LAST);
                expected.push(200);
            }
            let found = statuses(&drip(&server, &bytes).await);
            if found != expected {
                wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

async fn drip(server: &Server, bytes: &[u8]) -> Vec<u8> {
    use tokio::io::AsyncWriteExt;
    let mut stream = server.connect().await;
    stream.set_nodelay(true).unwrap();
    for byte in bytes {
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    crate::server::read_to_end(&mut stream).await
}
