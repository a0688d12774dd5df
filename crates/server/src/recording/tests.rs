//! What is kept, and for how long.

use model::invoke::LogCapture;
use model::{ManualClock, TraceContext};

use super::*;

fn invocation(id: u128, event: &str) -> Invocation {
    Invocation {
        function: FunctionName::parse("f").expect("a name"),
        qualifier: Qualifier::LATEST,
        request_id: RequestId::from_random(id),
        event: Bytes::copy_from_slice(event.as_bytes()),
        trace: TraceContext { trace_id: 1, span_id: 1, sampled: true },
        log: LogCapture::None,
        client: None,
    }
}

fn recording(invocations: usize, secrets: Secrets) -> Recording {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    Recording::new(RecordingOptions { invocations, secrets }, clock)
}

const REQUEST: &str = r#"{"version":"2.0","headers":{"Authorization":"Bearer s3cret","x-team":"blue"},"cookies":["a=s3cret"],"requestContext":{"requestId":"abc=","identity":{"apiKey":"s3cret"}},"body":"b"}"#;

#[test]
fn the_oldest_goes_first_by_count_and_by_bytes() {
    let recording = recording(2, Secrets::Kept);
    for id in 1..=3 {
        recording.begins(&invocation(id, "{}"));
    }
    let id = |id| RequestId::from_random(id).to_string();
    assert!(recording.find(&id(1)).is_none());
    assert!(recording.find(&id(2)).is_some() && recording.find(&id(3)).is_some());
    let large = format!("\"{}\"", "x".repeat(MOST_BYTES - 100));
    recording.begins(&invocation(4, &large));
    recording.begins(&invocation(5, &large));
    assert_eq!(recording.len(), 1);
    assert!(recording.find(&id(5)).is_some());
    recording.begins(&invocation(6, &format!("\"{}\"", "x".repeat(MOST_BYTES))));
    assert_eq!((recording.len(), recording.ring().bytes), (0, 0));
}

#[test]
fn an_event_that_is_tried_again_is_there_once() {
    let recording = recording(9, Secrets::Kept);
    let tried = invocation(1, "{}");
    recording.begins(&tried);
    recording.ended(&tried.request_id, Ending::Failed, Duration::from_millis(3));
    recording.begins(&tried);
    recording.ended(&tried.request_id, Ending::Answered, Duration::from_millis(4));
    assert_eq!((recording.len(), recording.ring().bytes), (1, 2));
    let found = recording.find(tried.request_id.as_str()).expect("recorded");
    assert_eq!((&found["ending"], &found["tookMs"]), (&"answered".into(), &4.into()));
}

#[test]
fn what_proves_who_called_is_not_kept_unless_asked_for() {
    let redacting = recording(9, Secrets::Redacted);
    redacting.begins(&invocation(1, REQUEST));
    let found = redacting.find("abc=").expect("found by the id of its request");
    assert!(!found.to_string().contains("s3cret"), "{found}");
    let event = &found["event"];
    assert_eq!(event["headers"]["Authorization"], redact::REDACTED);
    assert_eq!((&event["headers"]["x-team"], &event["body"]), (&"blue".into(), &"b".into()));
    let keeping = recording(9, Secrets::Kept);
    keeping.begins(&invocation(1, REQUEST));
    let found = keeping.find("abc=").expect("recorded");
    assert_eq!(found["event"]["headers"]["Authorization"], "Bearer s3cret");
}
