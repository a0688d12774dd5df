//! `POST /backup`: a copy of all that the store keeps, as one file. `GET /backup`: what lies beside the store
//! and is to be copied as well.

mod beside;

use std::io::Read;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use store::AuditLine;
use wire::{Body, BodyError};

use super::Answered;
use super::refusal::Refusal;
use crate::platform::Platform;

pub(super) use beside::beside;

/// So many bytes are read at a time.
const PIECE: usize = 256 << 10;

/// What copies are called until their name is taken from them; between these is the time.
const BEFORE: &str = "backup-";
const AFTER: &str = ".db.part";
/// What SQLite keeps beside a copy while it writes it.
const JOURNAL: &str = "-journal";

/// Removes copies that a server left which ended while it made them. One that stays is no reason not to start.
pub(crate) fn remove_left(state: &Path) {
    for entry in std::fs::read_dir(state).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_copy) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_copy(name: &str) -> bool {
    let name = name.strip_suffix(JOURNAL).unwrap_or(name);
    let time = name.strip_prefix(BEFORE).and_then(|name| name.strip_suffix(AFTER));
    time.is_some_and(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Made whole beside the store before the first byte is sent.
pub(super) async fn answer(platform: &Platform) -> Answered {
    let now = platform.clock.timestamp();
    let copy = platform.options.state.join(format!("{BEFORE}{}{AFTER}", now.0));
    let store = platform.keys.store();
    let failed = |error: &dyn std::fmt::Display| {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, format!("no backup was made: {error}"))
    };
    let bytes = store.back_up(copy.clone()).await.map_err(|error| failed(&error))?;
    let opened = opened(&copy).map_err(|error| failed(&error))?;
    let line = AuditLine {
        at: now,
        actor: "admin".to_owned(),
        action: "back up".to_owned(),
        subject: "store".to_owned(),
        detail: format!("{bytes} bytes"),
    };
    store.note(line).await.map_err(|error| failed(&error))?;
    let mut response = Response::new(Body::wrap(Copy { file: opened, left: bytes }));
    let sqlite = HeaderValue::from_static("application/vnd.sqlite3");
    response.headers_mut().insert(CONTENT_TYPE, sqlite);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    Ok(response)
}

/// Its name goes at once, and the file with the answer's end, whatever that is.
fn opened(copy: &Path) -> std::io::Result<std::fs::File> {
    let file = std::fs::File::open(copy)?;
    std::fs::remove_file(copy)?;
    Ok(file)
}

struct Copy {
    file: std::fs::File,
    left: u64,
}

impl http_body::Body for Copy {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let size = PIECE.min(usize::try_from(self.left).unwrap_or(PIECE));
        let mut piece = vec![0; size];
        // Written a moment ago, so that it comes from memory and not from the disk.
        let read = self.file.read_exact(&mut piece);
        Poll::Ready(Some(match read {
            Ok(()) => {
                self.left -= size as u64;
                Ok(Frame::data(piece.into()))
            }
            Err(error) => Err(BodyError::Source(error.into())),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_were_left_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let gone = ["backup-1.db.part", "backup-1.db.part-journal"];
        let kept = ["backup-.db.part", "backup-1.db", "backup-a.db.part", "store.db-journal"];
        let names = [&gone[..], &kept].concat();
        for name in &names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        remove_left(folder.path());
        let left = names.into_iter().filter(|name| folder.path().join(name).exists());
        assert_eq!(left.collect::<Vec<_>>(), kept);
    }
}
