//! Decides which messages of a batch are done, after the function's answer.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>

use std::collections::HashSet;

use serde_json::Value;

/// What the function made of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer<'a> {
    Payload(&'a [u8]),
    /// It raised, timed out or crashed.
    Failed,
}

/// Which messages are done and deleted; the others become visible after their timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement {
    AllDone,
    NoneDone(NotDone),
    /// Those with these ids are not done.
    AllBut(HashSet<String>),
}

/// Why a whole batch comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotDone {
    FunctionFailed,
    /// The answer is not what `ReportBatchItemFailures` asks for.
    Malformed(&'static str),
}

/// `ids` are the batch's messages.
pub(crate) fn decide(answer: Answer<'_>, reports_failures: bool, ids: &[&str]) -> Settlement {
    match answer {
        Answer::Failed => Settlement::NoneDone(NotDone::FunctionFailed),
        Answer::Payload(_) if !reports_failures => Settlement::AllDone,
        Answer::Payload(payload) => match reported(payload, ids) {
            Ok(failures) if failures.is_empty() => Settlement::AllDone,
            Ok(failures) => Settlement::AllBut(failures),
            Err(problem) => Settlement::NoneDone(NotDone::Malformed(problem)),
        },
    }
}

/// An answer that says nothing about failures means that there are none; one that says it wrongly
/// may mean any message, so that all come back.
fn reported(payload: &[u8], ids: &[&str]) -> Result<HashSet<String>, &'static str> {
    let answer: Value = match payload {
        [] => Value::Null,
        payload => serde_json::from_slice(payload).map_err(|_| "the answer is no JSON")?,
    };
    let failures = match &answer {
        Value::Null => return Ok(HashSet::new()),
        Value::Object(members) => members.get("batchItemFailures").unwrap_or(&Value::Null),
        _ => return Err("the answer is no JSON object"),
    };
    let failures = match failures {
        Value::Null => return Ok(HashSet::new()),
        Value::Array(failures) => failures,
        _ => return Err("batchItemFailures is no list"),
    };
    let id = |failure: &Value| {
        let id = failure.get("itemIdentifier").ok_or("a failure has no itemIdentifier")?;
        let id = id.as_str().filter(|id| !id.is_empty()).ok_or("an itemIdentifier is no text")?;
        let is_ours = ids.contains(&id);
        is_ours.then(|| id.to_owned()).ok_or("an itemIdentifier is no message of the batch")
    };
    failures.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(answer: &str) -> String {
        match decide(Answer::Payload(answer.as_bytes()), true, &["a", "b", "c"]) {
            Settlement::AllDone => "all".to_owned(),
            Settlement::NoneDone(NotDone::Malformed(problem)) => problem.to_owned(),
            Settlement::NoneDone(NotDone::FunctionFailed) => "failed".to_owned(),
            Settlement::AllBut(failures) => {
                let mut failures: Vec<_> = failures.into_iter().collect();
                failures.sort();
                format!("all but {}", failures.join(" "))
            }
        }
    }

    #[test]
    fn answers_are_read_as_lambda_reads_them() {
        for (answer, expected) in [
            ("", "all"),
            ("null", "all"),
            ("{}", "all"),
            (r#"{"statusCode":200}"#, "all"),
            (r#"{"batchItemFailures":null}"#, "all"),
            (r#"{"batchItemFailures":[]}"#, "all"),
            (r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#, "all but b"),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"a"}]}"#,
                "all but a c",
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"x"}]}"#,
                "an itemIdentifier is no message of the batch",
            ),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, "an itemIdentifier is no text"),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, "an itemIdentifier is no text"),
            (r#"{"batchItemFailures":[{"itemId":"a"}]}"#, "a failure has no itemIdentifier"),
            (r#"{"batchItemFailures":["a"]}"#, "a failure has no itemIdentifier"),
            (r#"{"batchItemFailures":"a"}"#, "batchItemFailures is no list"),
            ("\"\"", "the answer is no JSON object"),
            ("[]", "the answer is no JSON object"),
            ("{", "the answer is no JSON"),
        ] {
            assert_eq!(settled(answer), expected, "{answer}");
        }
    }

    #[test]
    fn without_reports_an_answer_is_a_success_and_an_error_none() {
        let ids = ["a"];
        assert_eq!(decide(Answer::Payload(b"[]"), false, &ids), Settlement::AllDone);
        for reports in [false, true] {
            let failed = Settlement::NoneDone(NotDone::FunctionFailed);
            assert_eq!(decide(Answer::Failed, reports, &ids), failed);
        }
    }
}
