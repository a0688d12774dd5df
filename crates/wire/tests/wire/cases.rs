//! `cases/*.case`: raw bytes, `---`, the statuses answered and whether the connection is closed.

use crate::server::{Server, run, statuses};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    statuses: Vec<u16>,
    closes: bool,
}

pub(crate) fn all() -> Vec<Case> {
    let all = cases::of_folder(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/cases"));
    let read = |case: cases::Case| Case {
        name: case.name(),
        bytes: cases::unescape(&case.input),
        statuses: case.statuses(),
        closes: case.closes(),
    };
    all.into_iter().map(read).collect()
}

const LAST: &[u8] = b"GET /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn every_case_gets_its_answer() {
    run(async {
        let server = Server::start();
        let mut wrong = Vec::new();
        let all = all();
        for case in &all {
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
        assert!(all.len() > 150);
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
