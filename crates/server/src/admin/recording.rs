//! `/recording`: the last invocations, and one of them with its event.

use http::{Request, StatusCode};
use wire::Body;

use super::refusal::Refusal;
use super::target::decoded;
use super::{Answered, GET, json_body, only};
use crate::platform::Platform;

/// `rest` is what follows `/recording`.
pub(super) fn answer(platform: &Platform, rest: &str, request: &Request<Body>) -> Answered {
    only(request, GET)?;
    let Some(recording) = &platform.recording else {
        let text = "this server records nothing; `tidegate up --record` keeps the last invocations";
        return Err(Refusal::new(StatusCode::CONFLICT, text));
    };
    let id = decoded(rest.trim_start_matches('/'));
    if id.is_empty() {
        return Ok(json_body(&recording.list()));
    }
    let found = recording.find(&id).ok_or_else(|| {
        let count = recording.len();
        let text = format!(
            "no invocation with the id `{id}` is recorded; {count} are, the oldest leave first"
        );
        Refusal::new(StatusCode::NOT_FOUND, text)
    })?;
    Ok(json_body(&found))
}
